/** What every answer tells the browser to do and not to do, and what one answer adds to it. */

import type { Services } from "../../core/services.ts";
import type { Context, HeaderRecord, SafetyHeaders } from "../context.ts";
import { guardedOrigins } from "../request/return-url.ts";

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream | null;
export function safetyHeaders({ settings }: Services): SafetyHeaders {
  // Browsers hold the redirect after a form to the form's policy as well, and the button to log out stands on every page.
  const elsewhere = [settings.homeUrl, settings.afterLogoutUrl].flatMap((url) => (url.startsWith("/") ? [] : [new URL(url).origin]));
  const formAction = ["form-action 'self'", ...elsewhere].join(" ");
  const withoutTransport = {
    // Nothing may be loaded, framed or sent to but by and from here; no line of script stands in a page (ASVS 3.4.3, 3.4.6).
    "content-security-policy": `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; ${formAction}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'`,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "x-download-options": "noopen",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
  };
  const usual = {
    ...withoutTransport,
    // Only where it is true: sent over http it would lock people out of a site that has no https (ASVS 3.4.1).
    ...(settings.baseUrl.startsWith("https:") ? { "strict-transport-security": "max-age=63072000; includeSubDomains" } : {}),
  };
  const page = { ...usual, ...noStore, "content-type": "text/html; charset=UTF-8" };
  const formTargets = [formAction, ...guardedOrigins(settings)].join(" ");
  const loginPolicy = page["content-security-policy"].replace(formAction, formTargets);
  return {
    usual: Object.freeze(usual),
    withoutTransport: Object.freeze(withoutTransport),
    noReferrer: Object.freeze({ ...usual, "referrer-policy": "no-referrer" }),
    page: Object.freeze(page),
    loginPage: Object.freeze({ ...page, "content-security-policy": loginPolicy }),
  };
}

/** No answer of ours is anybody else's: a shared computer's back button and every proxy in between keep none (ASVS 14.3.2). */
export const noStore: HeaderRecord = { "cache-control": "no-store" };

/** Adds a header to the answer to come. One that is there already is there twice then, as cookies are. */
export function addHeader(c: Context, name: string, value: string): void {
  const added = c.get("addedHeaders");
  if (added) added.push([name, value]);
  else c.set("addedHeaders", [[name, value]]);
}

/** Takes back the cookies that were added: the answer goes to others than the one who asked. */
export function dropAddedCookies(c: Context): void {
  c.set(
    "addedHeaders",
    c.get("addedHeaders")?.filter(([name]) => name !== "set-cookie"),
  );
}

/**
 * Lets scripts of `ALLOWED_ORIGINS` read the answers that they get, and tells browsers what they may send: a token, no cookie (Fetch,
 * 3.2). Gives the answer to a browser that only asks beforehand.
 */
export function allowOrigin(c: Context): Response | undefined {
  const { allowedOrigins } = c.get("s").settings;
  if (allowedOrigins.length === 0) return undefined;
  addHeader(c, "vary", "Origin");
  const origin = c.req.header("origin");
  if (origin === undefined || !allowedOrigins.includes(origin)) return undefined;
  c.set("isCrossOrigin", true);
  addHeader(c, "access-control-allow-origin", origin);
  // What scripts elsewhere may read besides: when to come again, what a 401 asks for, and what a download is called.
  addHeader(c, "access-control-expose-headers", "Retry-After, WWW-Authenticate, Content-Disposition");
  if (c.req.method !== "OPTIONS") return undefined;
  return respond(c, null, 204, {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
  });
}

/** An answer with our headers and its own. Every answer of ours is made here, by this function or the next two. */
export function respond(c: Context, body: Body, status: number, own: HeaderRecord = {}): Response {
  const { usual, noReferrer } = c.get("site").headers;
  return withAdded(c, body, status, { ...(c.get("hasTokenInUrl") ? noReferrer : usual), ...own });
}

/** The same for a proxy, which passes it on as another host's answer: whose sub-domains have https, we do not know. */
export function respondForProxy(c: Context, body: string | null, status: number, own: HeaderRecord): Response {
  return withAdded(c, body, status, { ...c.get("site").headers.withoutTransport, ...noStore, ...own });
}

/** The same for a page, with nothing to put together where nothing was added. */
export function respondWithPage(c: Context, html: string, status: number): Response {
  if (c.get("hasTokenInUrl")) return respond(c, html, status, { ...noStore, "content-type": "text/html; charset=UTF-8" });
  const { page, loginPage } = c.get("site").headers;
  return withAdded(c, html, status, c.req.path === "/login" ? loginPage : page);
}

function withAdded(c: Context, body: Body, status: number, usual: HeaderRecord): Response {
  // What a script elsewhere asks for changes nothing in the browser.
  if (c.get("isCrossOrigin")) dropAddedCookies(c);
  const headers: Record<string, string> = { ...usual };
  if (typeof body === "string") headers["content-length"] = String(Buffer.byteLength(body));
  const added = c.get("addedHeaders") ?? none;
  for (const [i, [name, value]] of added.entries()) {
    // Only an object of its own can hold one that is there twice, as cookies are.
    if (Object.hasOwn(headers, name)) return new Response(body, { status, headers: withEach(headers, added.slice(i)) });
    headers[name] = value;
  }
  return new Response(body, { status, headers });
}

const none: readonly [name: string, value: string][] = [];

function withEach(record: HeaderRecord, added: readonly [name: string, value: string][]): Headers {
  const headers = new Headers(record);
  for (const [name, value] of added) headers.append(name, value);
  return headers;
}
