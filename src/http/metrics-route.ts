/** Serves `/metrics` on the main port; requires `METRICS_TOKEN`. */
import { message } from "../i18n/messages.ts";
import { bearerMatches } from "../platform/crypto/bearer.ts";
import type { Context } from "./context.ts";
import { messages } from "./response/errors.messages.ts";
import { answerError } from "./response/respond.ts";
import { addHeader, noStore, respond } from "./response/security-headers.ts";

export async function answerMetrics(c: Context): Promise<Response> {
  const { settings, telemetry } = c.get("s");
  if (!settings.metricsToken || !bearerMatches(settings.metricsToken, c.req.header("authorization"))) {
    addHeader(c, "www-authenticate", "Bearer");
    return answerError(c, 401, { code: "token-required", message: message(messages, "tokenRequired") });
  }
  const report = await telemetry?.report?.();
  return respond(c, report?.text ?? "", 200, { ...noStore, "content-type": report?.type ?? "text/plain" });
}
