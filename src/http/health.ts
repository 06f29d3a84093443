/** For whoever watches the program: whether it is alive, and whether its database answers. */
import type { Hono } from "hono";
import type { Services } from "../core/services.ts";
import type { Env } from "./context.ts";

export function answerHealth(hono: Hono<Env>, s: Services): void {
  hono.get("/healthz", (c) => c.json({ status: "ok" }, 200, noStore));
  hono.get("/readyz", async (c) => {
    try {
      await s.db.selectFrom("users").select("id").limit(1).execute();
      return c.json({ status: "ok" }, 200, noStore);
    } catch (error) {
      s.log.error({ err: error }, "the database does not answer");
      return c.json({ status: "unavailable" }, 503, { ...noStore, "Retry-After": "5" });
    }
  });
}

const noStore = { "Cache-Control": "no-store" };
