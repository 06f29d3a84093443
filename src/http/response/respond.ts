/** Answers requests with a page, JSON, a redirect or an error. */
import { ReadableStream, TextEncoderStream } from "node:stream/web";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { User } from "../../core/users/user.ts";
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
import { flash, storeFlashes, takeFlashes } from "./flash.ts";
import { addHeader, noStore, removeAddedCookies, respond, respondForProxy, respondWithPage } from "./security-headers.ts";

export interface ErrorAnswer {
  /** Error code, such as `login-required`. */
  readonly code: string;
  readonly message: Sentence;
  readonly retryAfterSeconds?: number;
}

/** Whether the client sent JSON or a bearer token, or accepts JSON but not HTML. */
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
    // After a server error the visitor may be unknown, so flashes stay in the cookie for the next page.
    flashes: status < 500 ? [...noticesOf(c, layout), ...takeFlashes(c)] : [],
    ...languageChoice(c, status),
    ...(visitor ? { visitor: visitorProps(c, visitor.user) } : {}),
  });
  addLanguage(c);
  return respondWithPage(c, html, status, page.formTargets);
}

function noticesOf(c: Context, layout: Layout) {
  const { notices } = c.get("site");
  return notices.flatMap((show) => {
    const text = show(c);
    return text ? [{ kind: "info" as const, text: layout.complete(text) }] : [];
  });
}

/** After a server error the visitor may be unknown, and with them the token. */
function languageChoice(c: Context, status: number) {
  const { languagePath } = c.get("site");
  if (languagePath === undefined || languagePath === c.req.path || status >= 500) return {};
  return { choice: { csrfToken: csrfToken(c), next: currentPath(c) } };
}

/** Path and query of the request; without the query if it may contain a token. */
export function currentPath(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return c.get("hasTokenInUrl") ? pathname : pathname + search;
}

function visitorProps(c: Context, user: User) {
  const { username, displayName } = user;
  return { username, displayName, csrfToken: csrfToken(c), hiddenPaths: c.get("site").hiddenPaths(user) };
}

/** Applies the host app's page for this path, if any; it receives Latchkey's page as `body`. */
function applyPageOverride(c: Context, page: Page, layout: Layout): Page {
  const { custom, settings } = c.get("s");
  const render = Object.hasOwn(custom.pages, c.req.path) ? custom.pages[c.req.path] : undefined;
  if (!render) return page;
  const { title, body, json = {} } = page;
  const props = {
    path: c.req.path,
    title,
    siteName: settings.siteName,
    locale: localeOf(c),
    user: c.get("visitor")?.user,
    form: c.get("form"),
  };
  const { mountPath } = settings;
  const original = { data: json as Record<string, unknown>, body: layout.complete(body), url: (path: string) => mountPath + path };
  return { ...page, body: render({ ...props, ...original }) as Page["body"] };
}

/** Shows a page, or answers a JSON request with the page's `json`. */
export function answerPage(c: Context, page: Page, status: ContentfulStatusCode = 200): Response {
  return wantsJson(c) ? answerJson(c, page.json ?? { csrfToken: csrfToken(c) }, status) : showPage(c, page, status);
}

export function answerJson(c: Context, body: object, status: ContentfulStatusCode = 200): Response {
  addLanguage(c);
  const renewed = c.get("renewedToken");
  return respond(c, JSON.stringify(renewed ? { ...body, ...renewed } : body), status, { ...noStore, "content-type": "application/json" });
}

/** Answers with JSON for shared caches. Session leak: drops cookies, which a cache would send to other users. */
export function answerPublicJson(c: Context, body: object, maxAgeSeconds: number): Response {
  removeAddedCookies(c);
  return respond(c, JSON.stringify(body), 200, {
    "cache-control": `public, max-age=${maxAgeSeconds}`,
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

/** Answers with plain text as a download. */
export function answerTextFile(c: Context, name: string, text: string): Response {
  addLanguage(c);
  return respond(c, text, 200, {
    ...noStore,
    "content-type": "text/plain; charset=UTF-8",
    "content-disposition": `attachment; filename="${name}"`,
  });
}

/** Redirects to a path of this app, with a GET. */
export function redirect(c: Context, path: string): Response {
  return redirectTo(c, c.get("s").settings.mountPath + path);
}

/** Redirects to the result of `safeReturn` or `safeNext`, which may be a page of another app. */
export function redirectTo(c: Context, target: string): Response {
  storeFlashes(c);
  return respond(c, null, 303, { ...noStore, location: target });
}

/** Page that shows flashes to a logged-in user: home, or the settings if home belongs to the host app. */
export function ownHome(c: Context): string {
  const { homeUrl, mountPath } = c.get("s").settings;
  return c.get("site").isOwnPage(homeUrl) ? homeUrl : `${mountPath}/settings`;
}

/** Redirects with a flash, which is dropped for pages of the host app: it would appear days later. */
export function redirectWithFlash(c: Context, target: string, kind: FlashKind, message: MessageReference): Response {
  if (c.get("site").isOwnPage(target)) flash(c, kind, message);
  return redirectTo(c, target);
}

interface ProxyAnswer {
  readonly headers?: Readonly<Record<string, string>>;
  /** URL of the login page. */
  readonly loginAt?: string;
  readonly error?: ErrorAnswer;
  /** `Set-Cookie` lines that expire duplicate session cookies. */
  readonly cookies?: readonly string[];
}

/** Answers a proxy for another host. The browser treats the response as that host's, so it has no cookies and no HTML. */
export function answerProxy(
  c: Context,
  status: 204 | 303 | 401 | 403,
  { headers = {}, loginAt, error, cookies = [] }: ProxyAnswer,
): Response {
  removeAddedCookies(c);
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

/** Required with 401 (RFC 9110, 11.6.1). `Bearer` opens no password dialog in browsers. */
const challenge = { "www-authenticate": "Bearer" };

/** Answers 401 in JSON to scripts and API clients. Flashes stay in the cookie for the next page. */
export function answerUnauthenticated(c: Context): Response {
  const error = { code: "login-required", message: translator(c, messages)("loginRequired") };
  const body = JSON.stringify({ error });
  addLanguage(c);
  // The token matches no session (RFC 6750, 3).
  const authenticate = c.get("isBearer") ? { "www-authenticate": 'Bearer error="invalid_token"' } : challenge;
  return respond(c, body, 401, { ...noStore, ...authenticate, "content-type": "application/json" });
}

/** Answers with an error page, or with the error in JSON. */
export function answerError(c: Context, status: ContentfulStatusCode, error: ErrorAnswer): Response {
  if (error.retryAfterSeconds !== undefined) addHeader(c, "retry-after", String(error.retryAfterSeconds));
  const message = say(c, error.message);
  if (wantsJson(c)) return answerJson(c, { error: { code: error.code, message } }, status);
  const t = translator(c, errorPageMessages);
  return showPage(c, errorPage({ status, message, requestId: c.get("requestId"), frontUrl: c.get("site").frontUrl }, t), status);
}
