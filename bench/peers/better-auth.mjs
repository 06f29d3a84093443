// better-auth with email and password on Hono and node:sqlite, without rate limits: a JSON login and one guarded page.
import { DatabaseSync } from "node:sqlite";
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { Hono } from "hono";

const [port, path, pageBytes] = process.argv.slice(2);
const options = {
  database: new DatabaseSync(path),
  baseURL: `http://127.0.0.1:${port}`,
  secret: "an insecure key that is for benchmarks only",
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
};
const auth = betterAuth(options);
const { runMigrations } = await getMigrations(options);
await runMigrations();

const app = new Hono();
app.on(["GET", "POST"], "/api/auth/*", (c) => auth.handler(c.req.raw));
app.get("/dashboard", async (c) => {
  const session = await auth.api.getSession({ headers: c.req.raw.headers });
  if (!session) return c.redirect("/login");
  return c.html(`<!DOCTYPE html><title>Dashboard</title><h1>Hello, ${session.user.name}</h1>`.padEnd(Number(pageBytes), " "));
});
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" }, () => process.stdout.write("listening\n"));
