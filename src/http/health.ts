/** Answers `/healthz` (alive) and `/readyz` (the database takes writes). */
import type { Services } from "../core/services.ts";
import type { PublicRoute } from "./context.ts";
import { noStore, respond } from "./response/security-headers.ts";

/** Routes also answer OPTIONS: HAProxy's default health check sends it. */
export function answerHealth(serve: PublicRoute, s: Services): void {
  serve("/healthz", (c) => respond(c, ok, 200, asJson));
  serve("/readyz", async (c) => {
    // Lame duck: load balancers route elsewhere before the port closes.
    if (s.leaving?.aborted) return respond(c, '{"status":"stopping"}', 503, { ...asJson, "retry-after": "5" });
    try {
      await s.writeProbe.requireWrites();
      return respond(c, ok, 200, asJson);
    } catch (error) {
      s.log.error({ err: error }, "the database does not accept writes");
      return respond(c, '{"status":"unavailable"}', 503, { ...asJson, "retry-after": "5" });
    }
  });
}

const ok = '{"status":"ok"}';
const asJson = { ...noStore, "content-type": "application/json" };
