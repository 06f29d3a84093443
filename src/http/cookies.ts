/** Our cookies: what they are called, how long they live, and how what they carry is signed. */

import { type CookieOptions, serialize } from "hono/utils/cookie";
import type { Services } from "../core/services.ts";
import type { Purpose, Signer } from "../core/signing.ts";
import type { Context } from "./context.ts";
import { addHeader } from "./headers.ts";

export type CookieName = "session" | "csrf" | "flash" | "device" | "flow" | "browser";

/** The value of a cookie of ours, or undefined where it is missing or stands there twice (cookie tossing). */
export function readCookie(c: Context, name: CookieName): string | undefined {
  return cookieIn(c.req.header("cookie"), fullName(c.get("s"), name));
}

/** The session's, in a request of which there is only its header. */
export function sessionCookieIn(s: Services, header: string | undefined): string | undefined {
  return cookieIn(header, fullName(s, "session"));
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
  if (header === undefined) return undefined;
  const start = `${name}=`;
  // Most pages ask for cookies that are not there.
  if (!header.includes(start)) return undefined;
  const values = header
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(start));
  return values.length === 1 ? values[0]?.slice(start.length) : undefined;
}

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
export function seal(signer: Signer, purpose: Purpose, text: string): string {
  return `${Buffer.from(text).toString("base64url")}.${signer.sign(purpose, text).toString("base64url")}`;
}

/** What was sealed for the same purpose, or undefined where a single bit differs. */
export function unseal(signer: Signer, purpose: Purpose, sealed: string | undefined): string | undefined {
  const [body, signature, ...rest] = sealed?.split(".") ?? [];
  if (body === undefined || signature === undefined || rest.length > 0) return undefined;
  const text = Buffer.from(body, "base64url").toString();
  const bytes = Buffer.from(signature, "base64url");
  // Base64 spells the same bytes in several ways, and only the one that we write is ours.
  const isOurSpelling = Buffer.from(text).toString("base64url") === body && bytes.toString("base64url") === signature;
  return isOurSpelling && signer.verify(purpose, text, bytes) ? text : undefined;
}
