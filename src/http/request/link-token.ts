/** A token that came in a letter's link: it leaves the address bar at once, and waits in a cookie for the button. */
import type { TokenPurpose } from "../../core/one-time-tokens/token-purpose.ts";
import { type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { answerError, redirect } from "../response/respond.ts";
import { dropCookie, readCookie, seal, unseal, writeCookie } from "./cookies.ts";

const keptForSeconds = 30 * 60;
const markField = "letter";

/**
 * Where the address carries a token, a redirect to the same path without it; undefined where it does not.
 * The GET changes nothing, for mail scanners open links; the page it leads to has a button (ASVS 14.2.1).
 */
export function captureLinkToken(c: Context, purpose: TokenPurpose): Response | undefined {
  const token = c.req.query("token");
  if (token === undefined) return undefined;
  // What is no token stands for one that is dead: in the cookie, a line end would begin an entry of another purpose.
  keep(c, [`${purpose.name} ${/^[\w-]{1,100}$/.test(token) ? token : "none"}`, ...others(c, purpose)]);
  return redirect(c, c.req.path);
}

/** The token that waits in this browser for this purpose. */
export function waitingToken(c: Context, purpose: TokenPurpose): string | undefined {
  return entries(c)
    .find((entry) => entry.startsWith(`${purpose.name} `))
    ?.split(" ")[1];
}

export function dropWaitingToken(c: Context, purpose: TokenPurpose): void {
  const rest = others(c, purpose);
  if (rest.length === 0) dropCookie(c, "flow");
  else keep(c, rest);
}

/**
 * For the form behind a link: says which letter it belongs to. Without it, a link that somebody else makes this browser open would
 * turn an open form into one about their account.
 */
export function emailFingerprint(c: Context, purpose: TokenPurpose): Html {
  return html`<input type="hidden" name="${markField}" value="${markOf(c, purpose) ?? ""}">`;
}

/** The answer to a form that belongs to another letter than the one whose link was opened last. What is not sent cannot be wrong: every form of ours sends it. */
export function requireSameEmail(c: Context, purpose: TokenPurpose): Response | undefined {
  const sent = c.get("body")[markField];
  if (sent === undefined || sent === (markOf(c, purpose) ?? sent)) return undefined;
  return answerError(c, 409, otherLetter);
}

const otherLetter = {
  code: "other-letter",
  message: "The link of another letter was opened in this browser since. Nothing was changed: open the link in your letter once more.",
};

function markOf(c: Context, purpose: TokenPurpose): string | undefined {
  const token = waitingToken(c, purpose);
  return token && c.get("s").keyring.sign("flow", `mark ${purpose.name} ${token}`).toString("base64url").slice(0, 22);
}

function keep(c: Context, waiting: readonly string[]): void {
  writeCookie(c, "flow", seal(c.get("s").keyring, "flow", waiting.join("\n")), keptForSeconds);
}

function others(c: Context, purpose: TokenPurpose): string[] {
  return entries(c).filter((entry) => !entry.startsWith(`${purpose.name} `));
}

function entries(c: Context): string[] {
  return unseal(c.get("s").keyring, "flow", readCookie(c, "flow"))?.split("\n") ?? [];
}
