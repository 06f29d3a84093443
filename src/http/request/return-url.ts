/** Validates the URL to return to after login. */
import type { Services } from "../../core/services.ts";

type Settings = Services["settings"];

const maxLength = 2_048;

/** Like `safeNext`, but also accepts a URL of a host in `FORWARD_AUTH_HOSTS`. */
export function safeReturn(settings: Settings, next: unknown): string {
  return guardedUrl(settings, next) ?? safeNext(settings, next);
}

/**
 * Open redirect: returns a normalized URL of a host in `FORWARD_AUTH_HOSTS`, else undefined (ASVS 3.7.2). The origin must match a strict
 * pattern before parsing, because URL parsers disagree about unusual input.
 */
export function guardedUrl(settings: Settings, text: unknown): string | undefined {
  if (typeof text !== "string" || text.length > maxLength || /[\\\s\p{Cc}]/u.test(text)) return undefined;
  const [, start = "", rest = ""] = /^(https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)((?:[/?#].*)?)$/i.exec(text) ?? [];
  const origin = URL.parse(start)?.origin;
  if (origin === undefined || !guardedOrigins(settings).includes(origin)) return undefined;
  const url = URL.parse(origin + rest);
  return url?.origin === origin ? url.href : undefined;
}

/** Origins that login may return to. Man in the middle: http only if this site is http itself. */
export function guardedOrigins({ forwardAuthHosts, baseUrl }: Settings): string[] {
  const schemes = baseUrl.startsWith("https:") ? ["https"] : ["https", "http"];
  return forwardAuthHosts.flatMap((host) => schemes.map((scheme) => `${scheme}://${host}`));
}

/** Open redirect: returns `next` as a normalized path of this site, or the home URL if it is missing or unsafe (ASVS 3.7.2). */
export function safeNext({ mountPath, homeUrl: home }: Pick<Settings, "mountPath" | "homeUrl">, next: unknown): string {
  const url = urlOfThisSite(next);
  if (url === undefined) return home;
  // Returning to login or sign-up would loop, and returning to logout would end the session.
  const path = decoded(url.pathname);
  if (path.startsWith(mountPath) && /^\/(?:login|signup|logout)\/?$/.test(path.slice(mountPath.length))) return home;
  return url.pathname + url.search + url.hash;
}

/** Like `safeNext`, but also returns to login, sign-up and logout; undefined if it is missing or unsafe. */
export function samePage(next: unknown): string | undefined {
  const url = urlOfThisSite(next);
  return url && url.pathname + url.search + url.hash;
}

/** Open redirect: returns `next` as a page of this site or of a host in `FORWARD_AUTH_HOSTS`, else undefined (ASVS 3.7.2). */
export function pageToReturnTo(settings: Settings, next: unknown): string | undefined {
  return guardedUrl(settings, next) ?? samePage(next);
}

/** The path with the page to lead back to, if there is one. */
export function withNext(settings: Settings, path: string, next: unknown): string {
  const page = pageToReturnTo(settings, next);
  return page === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}next=${encodeURIComponent(page)}`;
}

function urlOfThisSite(next: unknown): URL | undefined {
  if (typeof next !== "string" || next.length > maxLength) return undefined;
  // Browsers read a backslash as a slash and drop tabs and line ends.
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next)) return undefined;
  const origin = "http://this.site.invalid";
  const url = URL.parse(next, origin);
  // `/..//evil.test` has the same origin, but its pathname is `//evil.test`.
  return url?.origin === origin && !url.pathname.startsWith("//") ? url : undefined;
}

/** Decodes like the router: `/%6cogin` is the login page too. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
