/** Answers requests: with a page, JSON, a redirect or an error. */
import { ReadableStream, TextEncoderStream } from "node:stream/web";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { MessageReference } from "../../i18n/messages.ts";
import { messages as errorPageMessages } from "../../ui/error-page.messages.ts";
import { errorPage } from "../../ui/error-page.ts";
import type { Layout } from "../../ui/layout.ts";
import type { Page } from "../../ui/page.ts";
import type { Context, FlashKind, Sentence } from "../context.ts";
import { messages } from "../request/authenticate.messages.ts";
import { csrfToken } from "../request/csrf.ts";
import { addLanguage, localeOf, say, translator } from "../request/locale.ts";
import { mediaType } from "../request/media-type.ts";
import { flash, keepFlashes, takeFlashes } from "./flash.ts";
import { addHeader, dropAddedCookies, noStore, respond, respondForProxy, respondWithPage } from "./security-headers.ts";

export interface ErrorAnswer {
  /** Such as `login-required`. */
  readonly code: string;
  readonly message: Sentence;
  readonly retryAfterSeconds?: number;
}

/** Whether the caller sent JSON or asks for nothing but JSON. */
export function wantsJson(c: Context): boolean {
  if (c.get("isBearer")) return true;
  if (mediaType(c) === "application/json") return true;
  const accept = c.req.header("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

/** Shows a page in the site's layout. */
function showPage(c: Context, page: Page, status: ContentfulStatusCode = 200): Response {
  const visitor = c.get("visitor");
  const layout = c.get("site").layoutOf(localeOf(c));
  const html = layout.render({
    page: applyPageOverride(c, page, layout),
    path: c.req.path,
    // An error of the server may not know the visitor, so flashes are kept for the next page.
    flashes: status < 500 ? takeFlashes(c) : [],
    ...(visitor ? { visitor: { username: visitor.user.username, csrfToken: csrfToken(c) } } : {}),
  });
  addLanguage(c);
  return respondWithPage(c, html, status);
}

/** The host app's page for this path, if it has one; it gets Latchkey's as `body`. */
function applyPageOverride(c: Context, page: Page, layout: Layout): Page {
  const { custom, settings } = c.get("s");
  const render = Object.hasOwn(custom.pages, c.req.path) ? custom.pages[c.req.path] : undefined;
  if (!render) return page;
  const { title, body, json = {} } = page;
  const props = { path: c.req.path, title, siteName: settings.siteName, user: c.get("visitor")?.user, form: c.get("form") };
  const { mountPath } = settings;
  const ours = { data: json as Record<string, unknown>, body: layout.complete(body), url: (path: string) => mountPath + path };
  return { ...page, body: render({ ...props, ...ours }) as Page["body"] };
}

/** Shows a page, or answers a JSON request with the page's `json`. */
export function answerPage(c: Context, page: Page, status: ContentfulStatusCode = 200): Response {
  return wantsJson(c) ? answerJson(c, page.json ?? { csrfToken: csrfToken(c) }, status) : showPage(c, page, status);
}

export function answerJson(c: Context, body: object, status: ContentfulStatusCode = 200): Response {
  addLanguage(c);
  return respond(c, JSON.stringify(body), status, { ...noStore, "content-type": "application/json" });
}

/** Answers what is the same for all, for caches to keep. Without cookies, which a shared cache would give to others. */
export function answerPublicJson(c: Context, body: object, keptForSeconds: number): Response {
  dropAddedCookies(c);
  return respond(c, JSON.stringify(body), 200, {
    "cache-control": `public, max-age=${keptForSeconds}`,
    "content-type": "application/json",
  });
}

/** Streams JSON as a download, so that no browser renders it (ASVS 3.2.1). */
export function answerFile(c: Context, name: string, pieces: AsyncIterable<string>): Response {
  const bytes = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return respond(c, bytes as unknown as globalThis.ReadableStream, 200, {
    ...noStore,
    "content-type": "application/json",
    "content-disposition": `attachment; filename="${name}"`,
  });
}

/** Redirects to a path of this app, with a GET. */
export function redirect(c: Context, path: string): Response {
  return redirectTo(c, c.get("s").settings.mountPath + path);
}

/** Redirects to the result of `safeReturn` or `safeNext`, which may be a page of another app. */
export function redirectTo(c: Context, target: string): Response {
  keepFlashes(c);
  return respond(c, null, 303, { ...noStore, location: target });
}

/** A page of this app that shows flashes to a logged-in user: home, or the settings if home is the host app's. */
export function ownHome(c: Context): string {
  const { homeUrl, mountPath } = c.get("s").settings;
  return c.get("site").isOurs(homeUrl) ? homeUrl : `${mountPath}/settings`;
}

/** Redirects with a flash. It is dropped if the target is a page of the host app: it would be shown days later here. */
export function redirectWithFlash(c: Context, target: string, kind: FlashKind, message: MessageReference): Response {
  if (c.get("site").isOurs(target)) flash(c, kind, message);
  return redirectTo(c, target);
}

interface ProxyAnswer {
  readonly headers?: Readonly<Record<string, string>>;
  /** URL of the login page. */
  readonly loginAt?: string;
  readonly error?: ErrorAnswer;
  /** `Set-Cookie` lines that expire session cookies of which two arrived. */
  readonly cookies?: readonly string[];
}

/** Answers a proxy on behalf of another host. The browser takes it for that host's answer, so it has no cookie and no page. */
export function answerProxy(
  c: Context,
  status: 204 | 303 | 401 | 403,
  { headers = {}, loginAt, error, cookies = [] }: ProxyAnswer,
): Response {
  dropAddedCookies(c);
  for (const line of cookies) addHeader(c, "set-cookie", line);
  const own = { ...headers, ...(status === 401 ? challenge : {}), ...(loginAt === undefined ? {} : { location: loginAt }) };
  if (error === undefined || status === 204) return respondForProxy(c, null, status, own);
  return wantsJson(c)
    ? respondForProxy(c, JSON.stringify({ error: { code: error.code, message: say(c, error.message) } }), status, {
        ...own,
        "content-type": "application/json",
      })
    : respondForProxy(c, `${say(c, error.message)}\n`, status, { ...own, "content-type": "text/plain; charset=UTF-8" });
}

/** Required with 401 (RFC 9110, 11.6.1). Browsers show no password dialog for this scheme. */
const challenge = { "www-authenticate": "Bearer" };

/** Answers 401 in JSON to a request that no browser shows as a page, so that no flash is lost. */
export function answerUnauthenticated(c: Context): Response {
  const error = { code: "login-required", message: translator(c, messages)("loginRequired") };
  const body = JSON.stringify({ error });
  addLanguage(c);
  // RFC 6750, 3: a token was sent, but matches no session.
  const asks = c.get("isBearer") ? { "www-authenticate": 'Bearer error="invalid_token"' } : challenge;
  return respond(c, body, 401, { ...noStore, ...asks, "content-type": "application/json" });
}

/** Answers with an error page, or with the error in JSON. */
export function answerError(c: Context, status: ContentfulStatusCode, error: ErrorAnswer): Response {
  if (error.retryAfterSeconds !== undefined) addHeader(c, "retry-after", String(error.retryAfterSeconds));
  const message = say(c, error.message);
  if (wantsJson(c)) return answerJson(c, { error: { code: error.code, message } }, status);
  const t = translator(c, errorPageMessages);
  return showPage(c, errorPage({ status, message, requestId: c.get("requestId"), frontUrl: c.get("site").frontUrl }, t), status);
}
