/** Answers `/metrics` on the port of the pages, to whoever brings the token. */
import { hash, timingSafeEqual } from "node:crypto";
import type { Context } from "./context.ts";
import { addHeader, noStore, respond } from "./headers.ts";
import { answerError } from "./reply.ts";

/** Whether a header brings this token (RFC 6750); takes the same time whatever differs. */
export function bearerFits(token: string, authorization: string | undefined): boolean {
  const [, given = ""] = /^bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  return timingSafeEqual(hash("sha256", token, "buffer"), hash("sha256", given, "buffer"));
}

export async function answerMetrics(c: Context): Promise<Response> {
  const { settings, watch } = c.get("s");
  if (!settings.metricsToken || !bearerFits(settings.metricsToken, c.req.header("authorization"))) {
    addHeader(c, "www-authenticate", "Bearer");
    return answerError(c, 401, { code: "token-required", message: "What is measured is for whoever brings the token." });
  }
  const report = await watch?.report?.();
  return respond(c, report?.text ?? "", 200, { ...noStore, "content-type": report?.type ?? "text/plain" });
}
