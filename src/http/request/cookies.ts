/** Reads, writes, signs and expires cookies. */
import { isIP } from "node:net";
import { type CookieOptions, serialize } from "hono/utils/cookie";
import type { AppKeyring, Purpose } from "../../core/purposes.ts";
import type { Services } from "../../core/services.ts";
import type { Context } from "../context.ts";
import { addHeader } from "../response/security-headers.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

export type CookieName = "session" | "csrf" | "flash" | "device" | "link" | "verification" | "locale" | "pending";

/** The value of a cookie of ours, or undefined where it is missing or stands there twice (cookie tossing). */
export function readCookie(c: Context, name: CookieName): string | undefined {
  const values = cookiesIn(c.req.header("cookie"), fullName(c.get("s"), name));
  if (values.length > 1) dropPlanted(c, name);
  return values.length === 1 ? values[0] : undefined;
}

/** Makes the browser forget a cookie with all others of its name, wherever a sibling host may have planted them. Once an answer. */
function dropPlanted(c: Context, name: CookieName): void {
  const dropped = c.get("droppedCookies") ?? [];
  if (dropped.includes(name)) return;
  c.set("droppedCookies", [...dropped, name]);
  const { hostname } = new URL(c.get("s").settings.baseUrl);
  for (const line of expiredCookies(c.get("s"), name, hostname, new URL(c.req.url).pathname)) addHeader(c, "set-cookie", line);
}

/** The `Set-Cookie` lines that expire a session cookie there twice at a guarded host and path; none where there are no two. */
export function expiredDuplicates(s: Services, header: string | undefined, { hostname, pathname }: URL): readonly string[] {
  return cookiesIn(header, fullName(s, "session")).length > 1 ? expiredCookies(s, "session", hostname, pathname) : none;
}

/** What else an answer says must fit beside it into a proxy's buffer of 4 kB. */
const mostExpired = 28;

/** Expires a name for each domain and path whose cookies reach this page, for a browser keeps each as a cookie of its own. */
function expiredCookies(s: Services, name: CookieName, hostname: string, pathname: string): string[] {
  const cookie = fullName(s, name);
  // Of this name, browsers keep only the one for this very host.
  if (cookie.startsWith("__Host-")) return [serialize(cookie, "", { ...attributes(s, name), maxAge: 0 })];
  const secure = isHttps(s);
  const partitions = secure ? [{}, { partitioned: true }] : [{}];
  const all = pathsAbove(pathname).flatMap((path) =>
    domainsAbove(hostname).flatMap((domain) =>
      partitions.map((partition) => serialize(cookie, "", { ...domain, ...partition, path, secure, maxAge: 0 })),
    ),
  );
  return all.slice(0, mostExpired);
}

/** `/a/b` is sent the cookies of `/`, `/a`, `/a/` and `/a/b` (RFC 6265, 5.1.4). */
function pathsAbove(pathname: string): string[] {
  if (/[;\r\n]/.test(pathname)) return ["/"];
  const folders = pathname.split("/").slice(1, -1);
  const above = folders.map((_, i) => `/${folders.slice(0, i + 1).join("/")}`).flatMap((path) => [path, `${path}/`]);
  return [...new Set(["/", pathname, ...above])];
}

/** This host by itself, and it and each domain above it but the top-level one. */
function domainsAbove(hostname: string): { domain?: string }[] {
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return [{}];
  const labels = hostname.split(".");
  return [...labels.slice(0, -1).map((_, i) => ({ domain: labels.slice(i).join(".") })), {}];
}

/** The session's, in a request of which there is only its header. */
export function sessionCookieIn(s: Services, header: string | undefined): string | undefined {
  return cookieIn(header, fullName(s, "session"));
}

/** What it is called in a header. */
export function cookieName(s: Services, name: CookieName): string {
  return fullName(s, name);
}

/** The value that lines of `Set-Cookie` give to a cookie, the last of them counting. */
export function valueSetBy(lines: readonly string[], name: string): string | undefined {
  return lines
    .findLast((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .split(";", 1)[0];
}

export function sessionCookieName(s: Services): string {
  return fullName(s, "session");
}

/** The value of a cookie of another application on this host, by the same rule. */
export function foreignCookie(c: Context, name: string): string | undefined {
  return cookieIn(c.req.header("cookie"), name);
}

/** Makes the browser forget one, as far as it was set for this very host. */
export function dropForeignCookie(c: Context, name: string): void {
  addHeader(c, "set-cookie", serialize(name, "", { path: "/", maxAge: 0 }));
}

function cookieIn(header: string | undefined, name: string): string | undefined {
  const values = cookiesIn(header, name);
  return values.length === 1 ? values[0] : undefined;
}

/** Cookie planting: names are compared byte for byte, as browsers do that guard a prefix (RFC 6265bis, 5.6). */
function cookiesIn(header: string | undefined, name: string): readonly string[] {
  const start = `${name}=`;
  // Most pages ask for cookies that are not there.
  if (header === undefined || !header.includes(start)) return none;
  return header
    .split(";")
    .map(trimOptionalSpace)
    .filter((part) => part.startsWith(start))
    .map((part) => part.slice(start.length));
}

const none: readonly string[] = [];

/** Sets a cookie that scripts cannot read. With `maxAgeSeconds` it outlives the browser. */
export function writeCookie(c: Context, name: CookieName, value: string, maxAgeSeconds?: number): void {
  sendCookie(c, name, value, maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds });
}

export function dropCookie(c: Context, name: CookieName): void {
  sendCookie(c, name, "", { maxAge: 0 });
}

function sendCookie(c: Context, name: CookieName, value: string, lives: CookieOptions): void {
  addHeader(c, "set-cookie", serialize(fullName(c.get("s"), name), value, { ...attributes(c.get("s"), name), ...lives }));
}

/**
 * `__Host-` binds a cookie to this very host and to https, so that no sibling host can plant one (ASVS 3.3.1, 3.3.3). The session's cannot
 * bear it where the operator sends it to siblings too; `__Secure-` keeps it to https.
 */
function fullName(s: Services, name: CookieName): string {
  const prefix = domainOf(s, name) === undefined ? "__Host-" : "__Secure-";
  return `${isHttps(s) ? prefix : ""}latchkey_${name}`;
}

function attributes(s: Services, name: CookieName) {
  const domain = domainOf(s, name);
  return { httpOnly: true, sameSite: "Lax", path: "/", secure: isHttps(s), ...(domain === undefined ? {} : { domain }) } as const;
}

/** Which sibling hosts a cookie goes to: the session's only, for it is all that forward auth needs. */
function domainOf(s: Services, name: CookieName): string | undefined {
  const { cookieDomain } = s.settings;
  return name === "session" && cookieDomain !== "" ? cookieDomain : undefined;
}

function isHttps(s: Services): boolean {
  return s.settings.baseUrl.startsWith("https:");
}

/** `text` and its signature as one cookie-safe word. */
export function seal(keyring: AppKeyring, purpose: Purpose, text: string): string {
  return `${Buffer.from(text).toString("base64url")}.${keyring.sign(purpose, text).toString("base64url")}`;
}

/** What was sealed for the same purpose, or undefined where a single bit differs. */
export function unseal(keyring: AppKeyring, purpose: Purpose, sealed: string | undefined): string | undefined {
  const [body, signature, ...rest] = sealed?.split(".") ?? [];
  if (body === undefined || signature === undefined || rest.length > 0) return undefined;
  const text = Buffer.from(body, "base64url").toString();
  const bytes = Buffer.from(signature, "base64url");
  // Base64 spells the same bytes in several ways, and only the one that we write is ours.
  const isOurSpelling = Buffer.from(text).toString("base64url") === body && bytes.toString("base64url") === signature;
  return isOurSpelling && keyring.verify(purpose, text, bytes) ? text : undefined;
}
