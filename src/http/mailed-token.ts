/** A token that came in a letter's link: it leaves the address bar at once, and waits in a cookie for the button. */
import type { TokenPurpose } from "../core/tokens.ts";
import type { Context } from "./context.ts";
import { dropCookie, readCookie, seal, unseal, writeCookie } from "./cookies.ts";
import { go } from "./reply.ts";

const keptForSeconds = 30 * 60;

/**
 * Where the address carries a token, a redirect to the same path without it; undefined where it does not.
 * The GET changes nothing, for mail scanners open links; the page it leads to has a button (ASVS 14.2.1).
 */
export function takeFromAddress(c: Context, purpose: TokenPurpose): Response | undefined {
  const token = c.req.query("token");
  if (token === undefined) return undefined;
  writeCookie(c, "flow", seal(c.get("s").signer, "flow", `${purpose} ${token.slice(0, 100)}`), keptForSeconds);
  return go(c, c.req.path);
}

/** The token that waits in this browser for this purpose. */
export function waitingToken(c: Context, purpose: TokenPurpose): string | undefined {
  const [keptPurpose, token] = unseal(c.get("s").signer, "flow", readCookie(c, "flow"))?.split(" ") ?? [];
  return keptPurpose === purpose ? token : undefined;
}

export function dropWaitingToken(c: Context): void {
  dropCookie(c, "flow");
}
