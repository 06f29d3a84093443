/** Builds responses with security headers. */
import type { Services } from "../../core/services.ts";
import type { Context, HeaderRecord, SecurityHeaders } from "../context.ts";

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream | null;

export function securityHeaders({ settings }: Services): SecurityHeaders {
  // `form-action` also applies to the redirect after a form, and each page has a logout form.
  const elsewhere = [settings.homeUrl, settings.afterLogoutUrl].flatMap((url) => (url.startsWith("/") ? [] : [new URL(url).origin]));
  const formAction = ["form-action 'self'", ...elsewhere].join(" ");
  const withoutTransport = {
    // XSS and clickjacking: same-origin resources only, no inline scripts, no framing (ASVS 3.4.3, 3.4.6).
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
    // HTTPS downgrade: HSTS, only with an https `BASE_URL`, because a site without HTTPS would become unreachable (ASVS 3.4.1).
    ...(settings.baseUrl.startsWith("https:") ? { "strict-transport-security": "max-age=63072000; includeSubDomains" } : {}),
  };
  const page = Object.freeze({ ...usual, ...noStore, "content-type": "text/html; charset=UTF-8" });
  // A feature passes the same list for each page, so each set of headers is built once.
  const cached = new WeakMap<readonly string[], HeaderRecord>();
  const withTargets = (targets: readonly string[]) => {
    const policy = page["content-security-policy"].replace(formAction, () => [formAction, ...targets].join(" "));
    const built = Object.freeze({ ...page, "content-security-policy": policy });
    cached.set(targets, built);
    return built;
  };
  return {
    usual: Object.freeze(usual),
    withoutTransport: Object.freeze(withoutTransport),
    noReferrer: Object.freeze({ ...usual, ...noReferrerPolicy }),
    page: (targets = []) => (targets.length === 0 ? page : (cached.get(targets) ?? withTargets(targets))),
  };
}

/** Shared computer and caching proxies: responses are not stored (ASVS 14.3.2). */
export const noStore: HeaderRecord = { "cache-control": "no-store" };

const noReferrerPolicy: HeaderRecord = { "referrer-policy": "no-referrer" };

/** Adds a header to the response. An existing header of the same name is kept, as with `Set-Cookie`. */
export function addHeader(c: Context, name: string, value: string): void {
  const added = c.get("addedHeaders");
  if (added) added.push([name, value]);
  else c.set("addedHeaders", [[name, value]]);
}

/** Session leak: removes cookies from a response that other users or hosts receive. */
export function removeAddedCookies(c: Context): void {
  c.set(
    "addedHeaders",
    c.get("addedHeaders")?.filter(([name]) => name !== "set-cookie"),
  );
}

/** Sets CORS headers for `ALLOWED_ORIGINS`, without cookies (Fetch, 3.2). Returns the response of a preflight, else undefined. */
export function allowOrigin(c: Context): Response | undefined {
  const { allowedOrigins } = c.get("s").settings;
  if (allowedOrigins.length === 0) return undefined;
  addHeader(c, "vary", "Origin");
  const origin = c.req.header("origin");
  if (origin === undefined || !allowedOrigins.includes(origin)) return undefined;
  c.set("isCrossOrigin", true);
  addHeader(c, "access-control-allow-origin", origin);
  addHeader(c, "access-control-expose-headers", "Retry-After, WWW-Authenticate, Content-Disposition");
  if (c.req.method !== "OPTIONS") return undefined;
  return respond(c, null, 204, {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
  });
}

/** Builds a response with the security headers. All responses are built by this function or the next two. */
export function respond(c: Context, body: Body, status: number, own: HeaderRecord = {}): Response {
  const { usual, noReferrer } = c.get("site").headers;
  return withAdded(c, body, status, { ...(c.get("hasTokenInUrl") ? noReferrer : usual), ...own });
}

/** Like `respond`, for a proxy of another host. Without HSTS, because that host's subdomains may lack HTTPS. */
export function respondForProxy(c: Context, body: string | null, status: number, own: HeaderRecord): Response {
  return withAdded(c, body, status, { ...c.get("site").headers.withoutTransport, ...noStore, ...own });
}

/** Like `respond`, for pages, with a prepared set of headers. */
export function respondWithPage(c: Context, html: string, status: number, formTargets?: readonly string[]): Response {
  const headers = c.get("site").headers.page(formTargets);
  if (!c.get("hasTokenInUrl")) return withAdded(c, html, status, headers);
  return withAdded(c, html, status, { ...headers, ...noReferrerPolicy });
}

function withAdded(c: Context, body: Body, status: number, usual: HeaderRecord): Response {
  // Cross-origin requests carry no cookies, so their responses set none.
  if (c.get("isCrossOrigin")) removeAddedCookies(c);
  const headers: Record<string, string> = { ...usual };
  if (typeof body === "string") headers["content-length"] = String(Buffer.byteLength(body));
  const added = c.get("addedHeaders") ?? none;
  for (const [i, [name, value]] of added.entries()) {
    // A record holds one value per name; repeated headers such as `Set-Cookie` need `Headers`.
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
