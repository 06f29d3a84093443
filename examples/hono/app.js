import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createLatchkey } from "latchkey";
import { latchkeyHono, loginRequired } from "latchkey/hono";

const port = Number(process.env.PORT ?? 5050);
const latchkey = await createLatchkey({ databaseUrl: "sqlite:var/app.sqlite" });
const app = new Hono();
app.use(latchkeyHono(latchkey));
app.get("/reports", loginRequired(latchkey), (c) => c.text(`Hello ${c.get("user").username}`));
serve({ fetch: app.fetch, port }, () => console.log(`The app is at http://localhost:${port}`));
