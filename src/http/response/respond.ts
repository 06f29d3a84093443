/** How we answer: a page to a person, JSON to a program, a redirect, or an error. Every answer leaves through here. */
import { ReadableStream, TextEncoderStream } from "node:stream/web";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { MessageReference } from "../../i18n/messages.ts";
import { errorPage } from "../../ui/error-page.ts";
import { mounted } from "../../ui/html.ts";
import type { Page } from "../../ui/page.ts";
import type { Context, FlashKind } from "../context.ts";
import { messages } from "../request/authenticate.messages.ts";
import { csrfToken } from "../request/csrf.ts";
import { addLanguage, localeOf, translator } from "../request/locale.ts";
import { mediaType } from "../request/media-type.ts";
import { flash, keepFlashes, takeFlashes } from "./flash.ts";
import { addHeader, dropAddedCookies, noStore, respond, respondForProxy, respondWithPage } from "./security-headers.ts";

export interface ErrorAnswer {
  /** One word for programs, such as `login-required`. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
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
  const html = c.get("site").layoutOf(localeOf(c))({
    page: applyPageOverride(c, page),
    path: c.req.path,
    // What cannot know who is there keeps the greeting for the next page.
    flashes: status < 500 ? takeFlashes(c) : [],
    ...(visitor ? { visitor: { username: visitor.user.username, csrfToken: csrfToken(c) } } : {}),
  });
  addLanguage(c);
  return respondWithPage(c, html, status);
}

/** The site's own page of this path, where it has one; ours is for it to take up or to leave. */
function applyPageOverride(c: Context, page: Page): Page {
  const { custom, settings } = c.get("s");
  const render = Object.hasOwn(custom.pages, c.req.path) ? custom.pages[c.req.path] : undefined;
  if (!render) return page;
  const { title, body, json = {} } = page;
  const props = { path: c.req.path, title, siteName: settings.siteName, user: c.get("visitor")?.user, form: c.get("form") };
  const { mountPath } = settings;
  const ours = { data: json as Record<string, unknown>, body: mounted(body, mountPath), url: (path: string) => mountPath + path };
  return { ...page, body: render({ ...props, ...ours }) as Page["body"] };
}

/** The same to a person as a page and to a program as what the page knows. */
export function answerPage(c: Context, page: Page, status: ContentfulStatusCode = 200): Response {
  return wantsJson(c) ? answerJson(c, page.json ?? { csrfToken: csrfToken(c) }, status) : showPage(c, page, status);
}

export function answerJson(c: Context, body: object, status: ContentfulStatusCode = 200): Response {
  addLanguage(c);
  return respond(c, JSON.stringify(body), status, { ...noStore, "content-type": "application/json" });
}

/** What is the same for everybody, and may be kept for a while. It takes no cookie along, or a cache would hand it to others. */
export function answerPublicJson(c: Context, body: object, keptForSeconds: number): Response {
  dropAddedCookies(c);
  return respond(c, JSON.stringify(body), 200, {
    "cache-control": `public, max-age=${keptForSeconds}`,
    "content-type": "application/json",
  });
}

/** A file of JSON to keep, sent piece by piece. Never shown in the browser, whatever stands in it (ASVS 3.2.1). */
export function answerFile(c: Context, name: string, pieces: AsyncIterable<string>): Response {
  const bytes = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return respond(c, bytes as unknown as globalThis.ReadableStream, 200, {
    ...noStore,
    "content-type": "application/json",
    "content-disposition": `attachment; filename="${name}"`,
  });
}

/** Sends the browser on, with a GET, to a page of ours. */
export function redirect(c: Context, path: string): Response {
  return redirectTo(c, c.get("s").settings.mountPath + path);
}

/** The same to what `safeReturn` or `safeNext` gives, which may be somebody else's page. */
export function redirectTo(c: Context, target: string): Response {
  keepFlashes(c);
  return respond(c, null, 303, { ...noStore, location: target });
}

/** A page of ours for who is logged in, which can tell them something: home, or the settings where home is an app's. */
export function ownHome(c: Context): string {
  const { homeUrl, mountPath } = c.get("s").settings;
  return c.get("site").isOurs(homeUrl) ? homeUrl : `${mountPath}/settings`;
}

/** Redirects with a flash, which is dropped where the target is an app's page: it would come up days later here. */
export function redirectWithFlash(c: Context, target: string, kind: FlashKind, message: MessageReference): Response {
  if (c.get("site").isOurs(target)) flash(c, kind, message);
  return redirectTo(c, target);
}

interface ProxyAnswer {
  readonly headers?: Readonly<Record<string, string>>;
  /** Where to log in. */
  readonly loginAt?: string;
  readonly error?: ErrorAnswer;
  /** `Set-Cookie` lines that take cookies of ours away where two of a name arrived. */
  readonly cookies?: readonly string[];
}

/**
 * Answers a proxy that asks in the name of another host. What it passes on is that host's answer to a browser: so no cookie of ours
 * (but one that takes another away) and no page, whose style and links would be looked for there.
 */
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
    ? respondForProxy(c, JSON.stringify({ error }), status, { ...own, "content-type": "application/json" })
    : respondForProxy(c, `${error.message}\n`, status, { ...own, "content-type": "text/plain; charset=UTF-8" });
}

/** What a 401 must say (RFC 9110, 11.6.1). No browser asks for a password at this scheme, as it would at `Basic`. */
const challenge = { "www-authenticate": "Bearer" };

/** Tells whoever is no person on the way to a page that nobody is logged in. It is never a page, whose messages somebody would miss. */
export function answerUnauthenticated(c: Context): Response {
  const error: ErrorAnswer = { code: "login-required", message: translator(c, messages)("loginRequired") };
  const body = JSON.stringify({ error });
  addLanguage(c);
  // A token was sent, and is none (any more): RFC 6750, 3.
  const asks = c.get("isBearer") ? { "www-authenticate": 'Bearer error="invalid_token"' } : challenge;
  return respond(c, body, 401, { ...noStore, ...asks, "content-type": "application/json" });
}

/** Tells what went wrong, as a page of its own or as JSON. */
export function answerError(c: Context, status: ContentfulStatusCode, error: ErrorAnswer): Response {
  if (error.retryAfterSeconds !== undefined) addHeader(c, "retry-after", String(error.retryAfterSeconds));
  if (wantsJson(c)) return answerJson(c, { error: { code: error.code, message: error.message } }, status);
  return showPage(
    c,
    errorPage({ status, message: error.message, requestId: c.get("requestId"), frontUrl: c.get("site").frontUrl }),
    status,
  );
}
