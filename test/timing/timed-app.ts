/** Serves the measured app, and sends its port to the parent process. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { readSettings } from "../../src/config/load.ts";
import { checkPassword, hashPassword } from "../../src/core/credentials/password/passwords.ts";
import { openServices } from "../../src/core/open-services.ts";
import type { Services } from "../../src/core/services.ts";
import { findUserByEmail } from "../../src/core/users/users.ts";
import { features } from "../../src/features/index.ts";
import { openTranslations } from "../../src/features/messages.ts";
import { createApp } from "../../src/http/pipeline.ts";
import { createUser } from "../transaction.ts";

const unlimited = "1000000/1h";
const [databasePath = "", variant = "default"] = process.argv.slice(2);
const silent = () => undefined;

const settings = readSettings({
  NODE_ENV: "test",
  DATABASE_URL: `sqlite:${databasePath}`,
  SECRET_KEY: "a key for measuring times and for nothing else",
  LIMIT_LOGIN_PER_ACCOUNT: unlimited,
  LIMIT_LOGIN_PER_IP: unlimited,
  LIMIT_LOGIN_PER_SITE: unlimited,
  LIMIT_SIGNUP_PER_IP: unlimited,
  LIMIT_EMAILS_PER_IP: unlimited,
  LIMIT_EMAILS_PER_INBOX: unlimited,
  LIMIT_EMAILS_PER_INBOX_LONG: unlimited,
  LIMIT_EMAILS_PER_INBOX_AND_IP: unlimited,
  LIMIT_EMAILS_PER_DEVICE: unlimited,
  LIMIT_NOTICES_PER_INBOX: unlimited,
  SIGNUP: "confirm",
  EMAIL_LOGIN: "on",
});
const s = await openServices(settings, {
  translations: openTranslations(features),
  log: { debug: silent, info: silent, warn: silent, error: console.error },
});
await addAccounts(s);
const app = variant === "without-dummy-hash" ? appWithoutDummyHash(s) : createApp(s, features);
const server = createAdaptorServer({ fetch: app.fetch }) as Server;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());

/** Creates the measured accounts; for the variant `imported`, also accounts with scrypt hashes. */
async function addAccounts(s: Services): Promise<void> {
  const nativeHash = await hashPassword(s, "a harbour at dusk", {});
  const scryptHash = `scrypt:32768:8:1$aB3dE5gH7jK9mN1p$${"ab".repeat(64)}`;
  for (let i = 0; i < 50; i++) {
    const name = String(i).padStart(3, "0");
    await createUser(s, { username: `user${name}`, email: `user${name}@example.com`, passwordHash: nativeHash });
    if (variant === "imported")
      await createUser(s, { username: `move${name}`, email: `move${name}@example.com`, passwordHash: scryptHash });
  }
  await s.db.updateTable("users").set({ email_verified_at: s.now() }).execute();
}

/** Positive control: a login and a reset that do work for known emails only. */
function appWithoutDummyHash(s: Services): Hono {
  return new Hono()
    .post("/reset-password", async (c) => {
      const { email } = await c.req.json<{ email: string }>();
      const user = await findUserByEmail(s, email);
      // Stands for the work of sending an email.
      if (user) await hashPassword(s, email, {});
      return c.json({ status: "check-email" }, 202);
    })
    .post("/login", async (c) => {
      const { email, password } = await c.req.json<{ email: string; password: string }>();
      const user = await findUserByEmail(s, email);
      if (user) await checkPassword(s, user, password, {});
      return c.json({ error: { code: "bad-credentials" } }, 401);
    });
}
