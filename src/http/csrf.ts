/** Makes sure that a form was sent from our own page, by the browser that we gave it to. */
import type { Services } from "../core/services.ts";
import type { Context } from "./context.ts";
import { readCookie, writeCookie } from "./cookies.ts";
import { mediaType } from "./media-type.ts";

const csrfField = "csrf_token";
const csrfHeader = "x-csrf-token";
const tokenBytes = 32;

export type CsrfProblem = "foreign-origin" | "bad-token";

/**
 * The token for a form on this page, bound to the session, or before login to a nonce in a cookie (set here where there is
 * none): without our key nobody makes the token that goes with it (OWASP, signed double-submit cookie). It differs in each
 * answer, so that compression cannot give it away (BREACH).
 */
export function csrfToken(c: Context): string {
  const made = c.get("csrfToken");
  if (made !== undefined) return made;
  const masked = mask(c.get("s"), c.get("s").signer.sign("csrf", bearer(c) ?? newNonce(c)));
  c.set("csrfToken", masked);
  return masked;
}

function mask({ random }: Services, token: Uint8Array): string {
  const bytes = random(2 * tokenBytes);
  for (let i = 0; i < tokenBytes; i++) bytes[tokenBytes + i] = (bytes[i] ?? 0) ^ (token[i] ?? 0);
  return bytes.toString("base64url");
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
  if (typeof sent !== "string" || from === undefined) return "bad-token";
  const bytes = Buffer.from(sent, "base64url");
  if (bytes.length !== 2 * tokenBytes) return "bad-token";
  const token = xor(bytes.subarray(0, tokenBytes), bytes.subarray(tokenBytes));
  return c.get("s").signer.verify("csrf", from, token) ? undefined : "bad-token";
}

/**
 * Whether a page elsewhere may have sent a request that changes something and that only a cookie authenticates: for an app's own routes,
 * which have no token of ours. A request without `Sec-Fetch-Site` and `Origin` says nothing of its sender, and counts as foreign.
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

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}
