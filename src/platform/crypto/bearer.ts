/** Compares a bearer token in constant time. */
import { hash, timingSafeEqual } from "node:crypto";

/** Whether a header brings this token (RFC 6750); takes the same time whatever differs. */
export function bearerFits(token: string, authorization: string | undefined): boolean {
  const [, given = ""] = /^bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  return timingSafeEqual(hash("sha256", token, "buffer"), hash("sha256", given, "buffer"));
}
