/** Where to go after a login: a path of this site, or a page on a host that the operator has listed. */
import type { Services } from "../../core/services.ts";

type Settings = Services["settings"];

const longest = 2_048;

/** The same as `safeNext`, and the address of a page on a guarded host as well. */
export function safeReturn(settings: Settings, next: unknown): string {
  return guardedUrl(settings, next) ?? safeNext(settings, next);
}

/**
 * The address as the URL parser writes it, where it leads to a host of `FORWARD_AUTH_HOSTS` and nowhere else; else undefined. The host
 * may be in any case and name the usual port. Otherwise it must be plain before any parser sees it: no two of them read a strange one
 * alike (ASVS 3.7.2).
 */
export function guardedUrl(settings: Settings, text: unknown): string | undefined {
  if (typeof text !== "string" || text.length > longest || /[\\\s\p{Cc}]/u.test(text)) return undefined;
  const [, start = "", rest = ""] = /^(https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)((?:[/?#].*)?)$/i.exec(text) ?? [];
  const origin = URL.parse(start)?.origin;
  if (origin === undefined || !guardedOrigins(settings).includes(origin)) return undefined;
  const url = URL.parse(origin + rest);
  return url?.origin === origin ? url.href : undefined;
}

/** The origins that a login may lead back to. Over http only where we are on http ourselves: a page there is anybody's to change. */
export function guardedOrigins({ forwardAuthHosts, baseUrl }: Settings): string[] {
  const schemes = baseUrl.startsWith("https:") ? ["https"] : ["https", "http"];
  return forwardAuthHosts.flatMap((host) => schemes.map((scheme) => `${scheme}://${host}`));
}

/**
 * The path to go on to, or home where `next` is missing or could lead off the site (open redirect, ASVS 3.7.2).
 * What it gives is the path as the URL parser wrote it anew, not as it was typed.
 */
export function safeNext({ mountPath, homeUrl }: Pick<Settings, "mountPath" | "homeUrl">, next: unknown): string {
  const elsewhere = homeUrl;
  if (typeof next !== "string" || next.length > longest) return elsewhere;
  // Browsers read a backslash as a slash and drop tabs and line ends, so none of them may stand anywhere.
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next)) return elsewhere;
  const origin = "http://this.site.invalid";
  const url = URL.parse(next, origin);
  if (url?.origin !== origin) return elsewhere;
  // `/..//evil.test` is of the same origin, and its pathname is `//evil.test`.
  if (url.pathname.startsWith("//")) return elsewhere;
  // Going on to the login or to signing up would lead in circles, and to logging out right out again.
  const path = decoded(url.pathname);
  if (path.startsWith(mountPath) && /^\/(?:login|signup|logout)\/?$/.test(path.slice(mountPath.length))) return elsewhere;
  return url.pathname + url.search + url.hash;
}

/** As the router will read it: `/%6cogin` is the login page too. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
