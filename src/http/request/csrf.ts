/** Issues and checks CSRF tokens. */
import type { Services } from "../../core/services.ts";
import { hashSessionToken, readSessionToken } from "../../core/sessions/session.ts";
import type { Context } from "../context.ts";
import { readCookie, writeCookie } from "./cookies.ts";
import { mediaType } from "./media-type.ts";

const csrfField = "csrf_token";
const csrfHeader = "x-csrf-token";
const tokenBytes = 32;
const maskBytes = 16;
const accountBytes = 16;
const accountAt = maskBytes + tokenBytes;

/** `other-account`: the form was shown to another account than the one that is logged in now. */
export type CsrfProblem = "foreign-origin" | "bad-token" | "other-account";

/**
 * The token for a form on this page, bound to the session, or before login to a nonce in a cookie (set here where there is
 * none): without our key nobody makes the token that goes with it (OWASP, signed double-submit cookie). It differs in each
 * answer, so that compression cannot give it away (BREACH).
 */
export function csrfToken(c: Context): string {
  const made = c.get("csrfToken");
  if (made !== undefined) return made;
  const masked = mask(c.get("s"), c.get("s").keyring.sign("csrf", bearer(c) ?? newNonce(c)), c.get("visitor")?.user.id);
  c.set("csrfToken", masked);
  return masked;
}

/** The mask, and under it the token and for whom the form was made, on which nothing but a message depends. */
function mask({ random }: Services, token: Uint8Array, userId: string | undefined): string {
  const bytes = random(accountAt + accountBytes);
  bytes.set(token, maskBytes);
  writeAccount(bytes, accountAt, userId);
  for (let i = maskBytes; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (bytes[i % maskBytes] ?? 0);
  return bytes.toString("base64url");
}

/** The 16 bytes of a UUID; zeroes for who is not logged in. */
function writeAccount(bytes: Buffer, at: number, id: string | undefined): void {
  if (id === undefined) bytes.fill(0, at, at + accountBytes);
  // Put together by hand: each page has a token, and a pattern would cost it a microsecond.
  else bytes.write(id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24, 36), at, "hex");
}

interface Unmasked {
  readonly token: Uint8Array;
  readonly account: Uint8Array;
}

function unmask(sent: string): Unmasked | undefined {
  const bytes = Buffer.from(sent, "base64url");
  if (bytes.length !== accountAt + accountBytes) return undefined;
  const masked = bytes.subarray(maskBytes).map((byte, i) => byte ^ (bytes[i % maskBytes] ?? 0));
  return { token: masked.subarray(0, tokenBytes), account: masked.subarray(tokenBytes) };
}

/** No id of ours is older than this program. */
const firstId = Date.UTC(2020, 0);

/** Whether these are the bytes of an id of ours, a UUID of version 7 from our time, and not of nobody or of a token that was made up. */
function isAccount(bytes: Uint8Array, now: number): boolean {
  const madeAt = Buffer.from(bytes).readUIntBE(0, 6);
  return (bytes[6] ?? 0) >> 4 === 7 && (bytes[8] ?? 0) >> 6 === 2 && madeAt > firstId && madeAt < now + 86_400_000;
}

/** The token of a form that a page sent, as it stood there. */
export function sentToken(c: Context): string | undefined {
  const sent = c.get("body")[csrfField];
  const isForm = typeof sent === "string" && !isJson(c) && c.req.header(csrfHeader) === undefined;
  return isForm && !c.get("isCrossOrigin") && isFromHere(c) && unmask(sent) ? sent : undefined;
}

/** Whether the form was shown to this browser: to the session of its cookie, though that may have ended since, or to its nonce. */
export function isBoundHere(c: Context, sent: string): boolean {
  const unmasked = unmask(sent);
  if (!unmasked) return false;
  const session = readSessionToken(readCookie(c, "session"));
  const shownTo = [session && `session ${Buffer.from(hashSessionToken(session)).toString("base64url")}`, nonceOf(c)];
  return shownTo.some((each) => each !== undefined && c.get("s").keyring.verify("csrf", each, unmasked.token));
}

/** Whether the form was shown to the account that is logged in now, in whichever session. */
export function isOfVisitor(c: Context, sent: string): boolean {
  const account = unmask(sent)?.account;
  const own = Buffer.alloc(accountBytes);
  writeAccount(own, 0, c.get("visitor")?.user.id);
  return account !== undefined && Buffer.compare(account, own) === 0;
}

/** Why a request that changes something is refused, or undefined: first where it comes from, then its token (ASVS 3.5.1). */
export function csrfProblem(c: Context): CsrfProblem | undefined {
  // A page elsewhere cannot make a browser send somebody's token (RFC 6750), as it can a cookie.
  const hasNoCookie = c.get("isBearer") || c.get("visitor") === undefined;
  if (c.get("isCrossOrigin")) return hasNoCookie && isJson(c) ? undefined : "foreign-origin";
  if (!isFromHere(c)) return "foreign-origin";
  if (c.get("isBearer") && isJson(c)) return undefined;
  if (isFromProgram(c)) return undefined;
  const sent = c.req.header(csrfHeader) ?? c.get("body")[csrfField];
  const from = bearer(c);
  const unmasked = typeof sent === "string" ? unmask(sent) : undefined;
  if (unmasked === undefined || from === undefined) return "bad-token";
  if (c.get("s").keyring.verify("csrf", from, unmasked.token)) return undefined;
  const isOfOther = c.get("visitor") && isAccount(unmasked.account, c.get("s").now()) && !isOfVisitor(c, sent as string);
  return isOfOther ? "other-account" : "bad-token";
}

/**
 * Whether a page elsewhere may have sent a request that changes something and that only a cookie authenticates: for an app's own routes,
 * which have no token of ours. A request without `Sec-Fetch-Site` and `RequestInfo` says nothing of its sender, and counts as foreign.
 */
export function mayBeForged(c: Context): boolean {
  if (["GET", "HEAD", "OPTIONS"].includes(c.req.method) || c.get("isBearer")) return false;
  // The origin stands in ALLOWED_ORIGINS.
  if (c.get("isCrossOrigin")) return false;
  return (c.req.header("sec-fetch-site") === undefined && c.req.header("origin") === undefined) || !isFromHere(c);
}

/**
 * Every header that says where a request comes from must say "from here". Hono's own check is content with one of them, and
 * looks at forms only; a browser never sends a mismatch by itself, so nobody honest is hurt by asking for all.
 */
function isFromHere(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  // A page that gives no referrer, as those with a token in their address do, sends "null" even to its own site (Fetch, 3.1).
  if (origin === "null" && site === "same-origin") return true;
  return origin === undefined || isOurOrigin(c, origin);
}

function isOurOrigin(c: Context, origin: string): boolean {
  const { baseUrl, baseUrlIsGiven } = c.get("s").settings;
  if (origin === baseUrl) return true;
  // Development without BASE_URL: the machine has several names of its own. None that is not loopback counts (DNS rebinding).
  const host = c.req.header("host") ?? "";
  return !baseUrlIsGiven && /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host) && origin === `http://${host}`;
}

/** JSON from something that is no browser and brings no session: there is nobody whose rights could be borrowed. */
function isFromProgram(c: Context): boolean {
  const isBrowser = c.req.header("origin") !== undefined || c.req.header("sec-fetch-site") !== undefined;
  return isJson(c) && !isBrowser && c.get("visitor") === undefined;
}

/** Whether JSON was sent, which no form of HTML can do. */
export function isJson(c: Context): boolean {
  return mediaType(c) === "application/json";
}

/** What the token is bound to: this session, or this browser before it has one. */
function bearer(c: Context): string | undefined {
  const visitor = c.get("visitor");
  if (visitor) return `session ${Buffer.from(visitor.session.tokenHash).toString("base64url")}`;
  return nonceOf(c);
}

function nonceOf(c: Context): string | undefined {
  const nonce = readCookie(c, "csrf");
  return nonce !== undefined && /^[A-Za-z0-9_-]{43}$/.test(nonce) ? `nonce ${nonce}` : undefined;
}

function newNonce(c: Context): string {
  const made = c.get("csrfNonce");
  if (made !== undefined) return `nonce ${made}`;
  const nonce = c.get("s").random(tokenBytes).toString("base64url");
  c.set("csrfNonce", nonce);
  writeCookie(c, "csrf", nonce);
  return `nonce ${nonce}`;
}
