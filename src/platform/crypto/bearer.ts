/** Compares a bearer token in constant time. */
import { hash, timingSafeEqual } from "node:crypto";

/** Timing attack: compares hashes of the token and the `Authorization` header (RFC 6750) in constant time. */
export function bearerMatches(token: string, authorization: string | undefined): boolean {
  const [, given = ""] = /^bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  return timingSafeEqual(hash("sha256", token, "buffer"), hash("sha256", given, "buffer"));
}
