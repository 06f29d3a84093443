/** Reads, writes, signs and expires cookies. */
import { isIP } from "node:net";
import { type CookieOptions, serialize } from "hono/utils/cookie";
import type { AppKeyring, Purpose } from "../../core/key-purposes.ts";
import type { Services } from "../../core/services.ts";
import type { Context } from "../context.ts";
import { addHeader } from "../response/security-headers.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

export type CookieName =
  | "session"
  | "csrf"
  | "flash"
  | "device"
  | "link"
  | "verification"
  | "locale"
  | "pending"
  | "typed"
  | "passkey"
  | "codes"
  | "trusted"
  | "email-code"
  | "offer"
  /** The last login with a provider. */
  | "provider"
  /** A login that a provider has proven. */
  | "proof"
  /** A way to a provider and back; several tabs have one each. */
  | `oauth_${string}`;

/** Cookie tossing: a cookie that is sent twice counts as missing and is expired. */
export function readCookie(c: Context, name: CookieName): string | undefined {
  const values = cookiesIn(c.req.header("cookie"), fullName(c.get("s"), name));
  if (values.length > 1) expireAllCopies(c, name);
  return values.length === 1 ? values[0] : undefined;
}

/** Expires every copy of a cookie that a sibling host may have set, once per response. */
function expireAllCopies(c: Context, name: CookieName): void {
  const expired = c.get("expiredCookies") ?? [];
  if (expired.includes(name)) return;
  c.set("expiredCookies", [...expired, name]);
  const { hostname } = new URL(c.get("s").settings.baseUrl);
  for (const line of expiredCookies(c.get("s"), name, hostname, new URL(c.req.url).pathname)) addHeader(c, "set-cookie", line);
}

/** Returns the `Set-Cookie` lines that expire duplicate session cookies of a guarded host; empty without duplicates. */
export function expiredDuplicates(s: Services, header: string | undefined, { hostname, pathname }: URL): readonly string[] {
  return cookiesIn(header, fullName(s, "session")).length > 1 ? expiredCookies(s, "session", hostname, pathname) : none;
}

/** More lines would exceed the 4 kB header buffer of common proxies. */
const maxExpired = 28;

/** Returns one line per domain and path that could reach this page: browsers store each combination as a separate cookie. */
function expiredCookies(s: Services, name: CookieName, hostname: string, pathname: string): string[] {
  const cookie = fullName(s, name);
  // A `__Host-` cookie exists only for this host and path.
  if (cookie.startsWith("__Host-")) return [serialize(cookie, "", { ...attributes(s, name), maxAge: 0 })];
  const secure = isHttps(s);
  const partitions = secure ? [{}, { partitioned: true }] : [{}];
  const all = pathsAbove(pathname).flatMap((path) =>
    domainsAbove(hostname).flatMap((domain) =>
      partitions.map((partition) => serialize(cookie, "", { ...domain, ...partition, path, secure, maxAge: 0 })),
    ),
  );
  return all.slice(0, maxExpired);
}

/** Cookies of `/`, `/a`, `/a/` and `/a/b` match the path `/a/b` (RFC 6265, 5.1.4). */
function pathsAbove(pathname: string): string[] {
  if (/[;\r\n]/.test(pathname)) return ["/"];
  const folders = pathname.split("/").slice(1, -1);
  const above = folders.map((_, i) => `/${folders.slice(0, i + 1).join("/")}`).flatMap((path) => [path, `${path}/`]);
  return [...new Set(["/", pathname, ...above])];
}

/** Returns the host-only cookie, the host and each parent domain, without the top-level domain. */
function domainsAbove(hostname: string): { domain?: string }[] {
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return [{}];
  const labels = hostname.split(".");
  return [...labels.slice(0, -1).map((_, i) => ({ domain: labels.slice(i).join(".") })), {}];
}

/** Returns the session cookie of a `Cookie` header. */
export function sessionCookieIn(s: Services, header: string | undefined): string | undefined {
  return cookieIn(header, fullName(s, "session"));
}

/** The full name in headers, with its prefix. */
export function cookieName(s: Services, name: CookieName): string {
  return fullName(s, name);
}

/** Returns the value that `Set-Cookie` lines give to a cookie; the last line wins. */
export function valueSetBy(lines: readonly string[], name: string): string | undefined {
  return lines
    .findLast((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .split(";", 1)[0];
}

export function sessionCookieName(s: Services): string {
  return fullName(s, "session");
}

/** Reads a cookie of another application on this host; undefined if it is sent twice. */
export function readLegacyCookie(c: Context, name: string): string | undefined {
  return cookieIn(c.req.header("cookie"), name);
}

/** Expires a cookie of another application, if it was set for this host only. */
export function expireLegacyCookie(c: Context, name: string): void {
  addHeader(c, "set-cookie", serialize(name, "", { path: "/", maxAge: 0 }));
}

function cookieIn(header: string | undefined, name: string): string | undefined {
  const values = cookiesIn(header, name);
  return values.length === 1 ? values[0] : undefined;
}

// Cookie tossing: names are compared byte for byte, as browsers do for prefixes (RFC 6265bis, 5.6).
function cookiesIn(header: string | undefined, name: string): readonly string[] {
  const start = `${name}=`;
  // Fast path: most requests lack the cookie.
  if (header === undefined || !header.includes(start)) return none;
  return header
    .split(";")
    .map(trimOptionalSpace)
    .filter((part) => part.startsWith(start))
    .map((part) => part.slice(start.length));
}

/** Names of the sent cookies that begin with this and 8 characters of base64url. Planted names that cannot be written are skipped. */
export function cookieNamesIn(c: Context, start: "oauth_"): CookieName[] {
  const prefix = fullName(c.get("s"), start);
  const names = (c.req.header("cookie") ?? "").split(";").map((part) => trimOptionalSpace(part).split("=", 1)[0] ?? "");
  const found = names
    .filter((name) => name.startsWith(prefix) && /^[\w-]{8}$/.test(name.slice(prefix.length)))
    .map((name): CookieName => `oauth_${name.slice(prefix.length)}`);
  return [...new Set(found)];
}

const none: readonly string[] = [];

/** Sets an HttpOnly cookie. Without `maxAgeSeconds` it lasts until the browser closes. */
export function writeCookie(c: Context, name: CookieName, value: string, maxAgeSeconds?: number): void {
  sendCookie(c, name, value, maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds });
}

export function expireCookie(c: Context, name: CookieName): void {
  sendCookie(c, name, "", { maxAge: 0 });
}

function sendCookie(c: Context, name: CookieName, value: string, lifetime: CookieOptions): void {
  addHeader(c, "set-cookie", serialize(fullName(c.get("s"), name), value, { ...attributes(c.get("s"), name), ...lifetime }));
}

/**
 * Cookie tossing: `__Host-` binds a cookie to this host and HTTPS (ASVS 3.3.1, 3.3.3). With `COOKIE_DOMAIN` the session cookie gets
 * `__Secure-`, because `__Host-` forbids a domain.
 */
function fullName(s: Services, name: CookieName): string {
  const prefix = domainOf(s, name) === undefined ? "__Host-" : "__Secure-";
  return `${isHttps(s) ? prefix : ""}latchkey_${name}`;
}

function attributes(s: Services, name: CookieName) {
  const domain = domainOf(s, name);
  return { httpOnly: true, sameSite: "Lax", path: "/", secure: isHttps(s), ...(domain === undefined ? {} : { domain }) } as const;
}

/** Only the session cookie is shared with sibling hosts: forward auth needs no other. */
function domainOf(s: Services, name: CookieName): string | undefined {
  const { cookieDomain } = s.settings;
  return name === "session" && cookieDomain !== "" ? cookieDomain : undefined;
}

function isHttps(s: Services): boolean {
  return s.settings.baseUrl.startsWith("https:");
}

/** Signs a text; returns both in characters that a cookie may hold. */
export function seal(keyring: AppKeyring, purpose: Purpose, text: string): string {
  return `${Buffer.from(text).toString("base64url")}.${keyring.sign(purpose, text).toString("base64url")}`;
}

/** Returns the signed text; undefined for a wrong signature or another purpose. */
export function unseal(keyring: AppKeyring, purpose: Purpose, sealed: string | undefined): string | undefined {
  const [body, signature, ...rest] = sealed?.split(".") ?? [];
  if (body === undefined || signature === undefined || rest.length > 0) return undefined;
  const text = Buffer.from(body, "base64url").toString();
  const bytes = Buffer.from(signature, "base64url");
  // Signature malleability: base64 decodes several texts to the same bytes, so only the canonical one is accepted.
  const isCanonical = Buffer.from(text).toString("base64url") === body && bytes.toString("base64url") === signature;
  return isCanonical && keyring.verify(purpose, text, bytes) ? text : undefined;
}
