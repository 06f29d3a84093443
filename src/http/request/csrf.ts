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
const userIdBytes = 16;
const userIdOffset = maskBytes + tokenBytes;

/** `other-account`: another user has logged in since the form was rendered. */
export type CsrfProblem = "foreign-origin" | "bad-token" | "other-account";

/**
 * CSRF: token signed for the session, or before login for a nonce cookie (OWASP, signed double-submit cookie).
 * BREACH: masked anew in each response, so that compression does not reveal it.
 */
export function csrfToken(c: Context): string {
  const issued = c.get("csrfToken");
  if (issued !== undefined) return issued;
  const masked = mask(c.get("s"), c.get("s").keyring.sign("csrf", csrfBinding(c) ?? newNonce(c)), c.get("visitor")?.user.id);
  c.set("csrfToken", masked);
  return masked;
}

/** Returns the mask, then the masked token and user ID. The user ID is unsigned: it only selects the error message. */
function mask({ random }: Services, token: Uint8Array, userId: string | undefined): string {
  const bytes = random(userIdOffset + userIdBytes);
  bytes.set(token, maskBytes);
  writeUserId(bytes, userIdOffset, userId);
  for (let i = maskBytes; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (bytes[i % maskBytes] ?? 0);
  return bytes.toString("base64url");
}

/** Writes the 16 bytes of a UUID; zeroes if no user is logged in. */
function writeUserId(bytes: Buffer, at: number, id: string | undefined): void {
  if (id === undefined) bytes.fill(0, at, at + userIdBytes);
  // Slices instead of a regular expression: this runs on every page.
  else bytes.write(id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24, 36), at, "hex");
}

interface Unmasked {
  readonly token: Uint8Array;
  readonly userId: Uint8Array;
}

function unmask(sent: string): Unmasked | undefined {
  const bytes = Buffer.from(sent, "base64url");
  if (bytes.length !== userIdOffset + userIdBytes) return undefined;
  const masked = bytes.subarray(maskBytes).map((byte, i) => byte ^ (bytes[i % maskBytes] ?? 0));
  return { token: masked.subarray(0, tokenBytes), userId: masked.subarray(tokenBytes) };
}

/** Lower bound of the timestamp in a user ID. */
const minIdTime = Date.UTC(2020, 0);

/** Whether these bytes are a UUIDv7 with a plausible timestamp, and not zeroes or random bytes. */
function isUserId(bytes: Uint8Array, now: number): boolean {
  const createdAt = Buffer.from(bytes).readUIntBE(0, 6);
  return (bytes[6] ?? 0) >> 4 === 7 && (bytes[8] ?? 0) >> 6 === 2 && createdAt > minIdTime && createdAt < now + 86_400_000;
}

/** Returns the CSRF token of a same-origin HTML form; undefined for API clients and malformed tokens. */
export function formToken(c: Context): string | undefined {
  const sent = c.get("body")[csrfField];
  const isForm = typeof sent === "string" && !isJson(c) && c.req.header(csrfHeader) === undefined;
  return isForm && !c.get("isCrossOrigin") && isSameOrigin(c) && unmask(sent) ? sent : undefined;
}

/** Whether the token was issued to this browser: for the session of its cookie, even an ended one, or for its nonce. */
export function isBoundToBrowser(c: Context, sent: string): boolean {
  const unmasked = unmask(sent);
  if (!unmasked) return false;
  const session = readSessionToken(readCookie(c, "session"));
  const bindings = [session && `session ${Buffer.from(hashSessionToken(session)).toString("base64url")}`, nonceOf(c)];
  return bindings.some((each) => each !== undefined && c.get("s").keyring.verify("csrf", each, unmasked.token));
}

/** Whether the token was issued to the logged-in user, in any of their sessions. */
export function isForVisitor(c: Context, sent: string): boolean {
  const userId = unmask(sent)?.userId;
  const own = Buffer.alloc(userIdBytes);
  writeUserId(own, 0, c.get("visitor")?.user.id);
  return userId !== undefined && Buffer.compare(userId, own) === 0;
}

/** CSRF: checks the origin of an unsafe request, then its token (ASVS 3.5.1). Returns the problem, or undefined. */
export function csrfProblem(c: Context): CsrfProblem | undefined {
  // Bearer tokens need no CSRF check: browsers do not send them by themselves (RFC 6750).
  const hasNoCookie = c.get("isBearer") || c.get("visitor") === undefined;
  if (c.get("isCrossOrigin")) return hasNoCookie && isJson(c) ? undefined : "foreign-origin";
  if (!isSameOrigin(c)) return "foreign-origin";
  if (c.get("isBearer") && isJson(c)) return undefined;
  if (isApiClient(c)) return undefined;
  const sent = c.req.header(csrfHeader) ?? c.get("body")[csrfField];
  const from = csrfBinding(c);
  const unmasked = typeof sent === "string" ? unmask(sent) : undefined;
  if (unmasked === undefined || from === undefined) return "bad-token";
  if (c.get("s").keyring.verify("csrf", from, unmasked.token)) return undefined;
  const isForOther = c.get("visitor") && isUserId(unmasked.userId, c.get("s").now()) && !isForVisitor(c, sent as string);
  return isForOther ? "other-account" : "bad-token";
}

/**
 * Whether an unsafe request with a session cookie may come from another site, for routes of the host app without CSRF tokens.
 * A request without `Sec-Fetch-Site` and `Origin` counts as foreign.
 */
export function mayBeCrossSite(c: Context): boolean {
  if (["GET", "HEAD", "OPTIONS"].includes(c.req.method) || c.get("isBearer")) return false;
  // Origins in ALLOWED_ORIGINS may send unsafe requests.
  if (c.get("isCrossOrigin")) return false;
  return (c.req.header("sec-fetch-site") === undefined && c.req.header("origin") === undefined) || !isSameOrigin(c);
}

/** For a form that is bound to this browser by other means: checks the origin alone. */
export function originProblem(c: Context): CsrfProblem | undefined {
  return c.get("isCrossOrigin") || !isSameOrigin(c) ? "foreign-origin" : undefined;
}

/** CSRF: `Sec-Fetch-Site` and `Origin` must both match if sent. Hono's `csrf()` accepts one of them and checks forms only. */
function isSameOrigin(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  // Pages with `Referrer-Policy: no-referrer` send `Origin: null` even to their own site (Fetch, 3.1).
  if (origin === "null" && site === "same-origin") return true;
  return origin === undefined || isOwnOrigin(c, origin);
}

function isOwnOrigin(c: Context, origin: string): boolean {
  const { baseUrl, baseUrlIsGiven } = c.get("s").settings;
  if (origin === baseUrl) return true;
  // DNS rebinding: in development without BASE_URL, only loopback names count as own origin.
  const host = c.req.header("host") ?? "";
  return !baseUrlIsGiven && /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host) && origin === `http://${host}`;
}

/** JSON without browser headers and session needs no CSRF token: there is no session to abuse. */
function isApiClient(c: Context): boolean {
  const isBrowser = c.req.header("origin") !== undefined || c.req.header("sec-fetch-site") !== undefined;
  return isJson(c) && !isBrowser && c.get("visitor") === undefined;
}

/** Whether the body is JSON, which HTML forms cannot send. */
export function isJson(c: Context): boolean {
  return mediaType(c) === "application/json";
}

/** The session, or before login the nonce, that the CSRF token is signed for. */
function csrfBinding(c: Context): string | undefined {
  const visitor = c.get("visitor");
  if (visitor) return `session ${Buffer.from(visitor.session.tokenHash).toString("base64url")}`;
  return nonceOf(c);
}

function nonceOf(c: Context): string | undefined {
  const nonce = readCookie(c, "csrf");
  return nonce !== undefined && /^[A-Za-z0-9_-]{43}$/.test(nonce) ? `nonce ${nonce}` : undefined;
}

function newNonce(c: Context): string {
  const issued = c.get("csrfNonce");
  if (issued !== undefined) return `nonce ${issued}`;
  const nonce = c.get("s").random(tokenBytes).toString("base64url");
  c.set("csrfNonce", nonce);
  writeCookie(c, "csrf", nonce);
  return `nonce ${nonce}`;
}
