/** For whoever watches the program: whether it is alive, and whether its database answers. */
import type { Hono } from "hono";
import type { Services } from "../core/services.ts";
import type { Env } from "./context.ts";
import { noStore, respond } from "./headers.ts";

export function answerHealth(hono: Hono<Env>, s: Services): void {
  hono.get("/healthz", (c) => respond(c, ok, 200, asJson));
  hono.get("/readyz", async (c) => {
    try {
      await s.db.selectFrom("users").select("id").limit(1).execute();
      return respond(c, ok, 200, asJson);
    } catch (error) {
      s.log.error({ err: error }, "the database does not answer");
      return respond(c, '{"status":"unavailable"}', 503, { ...asJson, "retry-after": "5" });
    }
  });
}

const ok = '{"status":"ok"}';
const asJson = { ...noStore, "content-type": "application/json" };
