/** Binds a code in an email to the bearer session that requested it, for clients that keep no cookies. */
import { createHash } from "node:crypto";
import type { Context } from "../context.ts";
import { bearerTokenIn } from "./authenticate.ts";

/**
 * Returns the secret of the request's bearer session; undefined for browsers, whose secret is in a cookie.
 * Stolen database: derived from the token itself, of which only a hash is stored, so no row reveals it.
 */
export function bearerSecret(c: Context, purpose: string): string | undefined {
  if (!c.get("isBearer") || !c.get("visitor")) return undefined;
  // A request that re-authenticates continues with the new token.
  const token = c.get("renewedToken")?.token ?? bearerTokenIn(c.req.header("authorization"));
  return token && createHash("sha256").update(`${purpose} ${token}`).digest("base64url");
}
