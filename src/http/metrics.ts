/** Answers `/metrics` on the port of the pages, to whoever brings the token. */

import { bearerFits } from "../platform/crypto/bearer.ts";
import type { Context } from "./context.ts";
import { answerError } from "./response/respond.ts";
import { addHeader, noStore, respond } from "./response/security-headers.ts";

export async function answerMetrics(c: Context): Promise<Response> {
  const { settings, telemetry } = c.get("s");
  if (!settings.metricsToken || !bearerFits(settings.metricsToken, c.req.header("authorization"))) {
    addHeader(c, "www-authenticate", "Bearer");
    return answerError(c, 401, { code: "token-required", message: "What is measured is for whoever brings the token." });
  }
  const report = await telemetry?.report?.();
  return respond(c, report?.text ?? "", 200, { ...noStore, "content-type": report?.type ?? "text/plain" });
}
