/** How we answer: a page to a person, JSON to a program, a redirect, or an error. Every answer leaves through here. */
import { ReadableStream, TextEncoderStream } from "node:stream/web";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { errorPage } from "../ui/error-page.ts";
import { layout } from "../ui/layout.ts";
import type { Page } from "../ui/page.ts";
import type { Context } from "./context.ts";
import { csrfToken } from "./csrf.ts";
import { keepFlashes, takeFlashes } from "./flashes.ts";

export interface ErrorAnswer {
  /** One word for programs, such as `login-required`. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** Whether the caller sent JSON or asks for nothing but JSON. */
export function wantsJson(c: Context): boolean {
  if (/^application\/json\s*(?:;|$)/i.test(c.req.header("content-type") ?? "")) return true;
  const accept = c.req.header("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

/** Shows a page in the site's layout. */
function showPage(c: Context, page: Page, status: ContentfulStatusCode = 200): Response {
  const { s, assets, visitor } = c.var;
  const html = layout({
    page,
    siteName: s.settings.siteName,
    path: c.req.path,
    signupIsOpen: s.settings.signup !== "closed",
    flashes: takeFlashes(c),
    assetUrl: assets.url,
    ...(visitor ? { visitor: { username: visitor.user.username, csrfToken: csrfToken(c) } } : {}),
  });
  return noStore(c).html(String(html), status);
}

/** The same to a person as a page and to a program as what the page knows. */
export function answerPage(c: Context, page: Page, status: ContentfulStatusCode = 200): Response {
  return wantsJson(c) ? answerJson(c, page.json ?? { csrfToken: csrfToken(c) }, status) : showPage(c, page, status);
}

export function answerJson(c: Context, body: object, status: ContentfulStatusCode = 200): Response {
  return noStore(c).json(body, status);
}

/** What is the same for everybody, and may be kept for a while. It takes no cookie along, or a cache would hand it to others. */
export function answerPublicJson(c: Context, body: object, keptForSeconds: number): Response {
  c.header("Set-Cookie", undefined);
  c.header("Cache-Control", `public, max-age=${keptForSeconds}`);
  return c.json(body);
}

/** A file of JSON to keep, sent piece by piece. Never shown in the browser, whatever stands in it (ASVS 3.2.1). */
export function answerFile(c: Context, name: string, pieces: AsyncIterable<string>): Response {
  c.header("Content-Disposition", `attachment; filename="${name}"`);
  c.header("Content-Type", "application/json");
  const bytes = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return noStore(c).body(bytes as unknown as globalThis.ReadableStream);
}

/** Sends the browser on with a GET: to a path of this site, or to what `safeReturn` gives. */
export function go(c: Context, path: string): Response {
  keepFlashes(c);
  return noStore(c).redirect(path, 303);
}

interface ProxyAnswer {
  readonly headers?: Readonly<Record<string, string>>;
  /** Where to log in. */
  readonly location?: string;
  readonly error?: ErrorAnswer;
}

/**
 * Answers a proxy that asks in the name of another host. What it passes on is that host's answer to a browser: so no cookie of ours
 * and no page, whose style and links would be looked for there.
 */
export function answerProxy(c: Context, status: 204 | 303 | 401 | 403, { headers = {}, location, error }: ProxyAnswer): Response {
  c.header("Set-Cookie", undefined);
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (location !== undefined) c.header("Location", location);
  if (error === undefined || status === 204) return noStore(c).body(null, status);
  return wantsJson(c) ? answerJson(c, { error }, status) : noStore(c).text(`${error.message}\n`, status);
}

/** Tells what went wrong, as a page of its own or as JSON. */
export function answerError(c: Context, status: ContentfulStatusCode, error: ErrorAnswer): Response {
  if (error.retryAfterSeconds !== undefined) c.header("Retry-After", String(error.retryAfterSeconds));
  if (wantsJson(c)) return answerJson(c, { error: { code: error.code, message: error.message } }, status);
  return showPage(c, errorPage({ status, message: error.message, requestId: c.var.requestId }), status);
}

/** No answer of ours is anybody else's: a shared computer's back button and every proxy in between keep none (ASVS 14.3.2). */
function noStore(c: Context): Context {
  c.header("Cache-Control", "no-store");
  return c;
}
