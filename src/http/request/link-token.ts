/** Moves tokens of email links from the URL into a cookie. */
import type { Token } from "../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../core/one-time-tokens/token-purpose.ts";
import { message } from "../../i18n/messages.ts";
import { type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { messages } from "../response/errors.messages.ts";
import { answerError, redirect } from "../response/respond.ts";
import { expireCookie, readCookie, seal, unseal, writeCookie } from "./cookies.ts";

const maxAgeSeconds = 30 * 60;
const markField = "email_mark";

/**
 * Token leak by URL: redirects to the same path without the token (ASVS 14.2.1); undefined without a token. The token is not redeemed,
 * because email scanners open links.
 */
export function captureLinkToken(c: Context, purpose: TokenPurpose): Response | undefined {
  const token = c.req.query("token");
  if (token === undefined) return undefined;
  // Injection: a line end would start an entry of another purpose in the cookie.
  keep(c, [`${purpose.name} ${/^[\w-]{1,100}$/.test(token) ? token : "none"}`, ...otherEntries(c, purpose)]);
  return redirect(c, c.req.path);
}

/** Keeps a token that this browser got without an emailed link. */
export function keepLinkToken(c: Context, purpose: TokenPurpose, token: Token): void {
  keep(c, [`${purpose.name} ${token}`, ...otherEntries(c, purpose)]);
}

/** The token of this purpose in the cookie of this browser. */
export function readLinkToken(c: Context, purpose: TokenPurpose): string | undefined {
  return entries(c)
    .find((entry) => entry.startsWith(`${purpose.name} `))
    ?.split(" ")[1];
}

export function clearLinkToken(c: Context, purpose: TokenPurpose): void {
  const rest = otherEntries(c, purpose);
  if (rest.length === 0) expireCookie(c, "link");
  else keep(c, rest);
}

/**
 * Token fixation: binds a form to the email whose link opened it. Otherwise a link that an attacker makes this browser open would point
 * an open form at the attacker's account.
 */
export function emailFingerprint(c: Context, purpose: TokenPurpose): Html {
  return html`<input type="hidden" name="${markField}" value="${fingerprintOf(c, purpose) ?? ""}">`;
}

/** Returns 409 if the form belongs to another email than the last opened link. API clients send the token instead of the field. */
export function requireSameEmail(c: Context, purpose: TokenPurpose): Response | undefined {
  const sent = c.get("body")[markField];
  if (sent === undefined || sent === (fingerprintOf(c, purpose) ?? sent)) return undefined;
  return answerError(c, 409, otherEmail);
}

const otherEmail = {
  code: "other-email",
  message: message(messages, "otherEmail"),
};

function fingerprintOf(c: Context, purpose: TokenPurpose): string | undefined {
  const token = readLinkToken(c, purpose);
  return token && c.get("s").keyring.sign("link", `mark ${purpose.name} ${token}`).toString("base64url").slice(0, 22);
}

function keep(c: Context, waiting: readonly string[]): void {
  writeCookie(c, "link", seal(c.get("s").keyring, "link", waiting.join("\n")), maxAgeSeconds);
}

function otherEntries(c: Context, purpose: TokenPurpose): string[] {
  return entries(c).filter((entry) => !entry.startsWith(`${purpose.name} `));
}

function entries(c: Context): string[] {
  return unseal(c.get("s").keyring, "link", readCookie(c, "link"))?.split("\n") ?? [];
}
