/** Forward auth: a proxy asks, for each request to another app, whether its visitor is logged in here, and who that is. */
import { rolesOf } from "../../../core/users/roles.ts";
import type { User } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { firstOf } from "../../../http/request/client-ip.ts";
import { expiredDuplicates } from "../../../http/request/cookies.ts";
import { isNavigation } from "../../../http/request/navigation.ts";
import { guardedUrl } from "../../../http/request/return-url.ts";
import { answerProxy } from "../../../http/response/respond.ts";
import type { Feature } from "../../feature.ts";

const notGuarded = { code: "not-guarded", message: "This host is not among those that ask here who is logged in." };
const loginRequired = { code: "login-required", message: "Please log in to access this page." };

/** Proxies hold no longer addresses, and the first page of the app is as good a place to come back to. */
const longestLoginAddress = 2_000;

export const forwardAuth: Feature = {
  name: "forward-auth",
  routes: (app, s) => {
    if (s.settings.forwardAuthHosts.length === 0) return;
    app.endpoint("/forward-auth", { method: "GET", auth: "none", cookies: "read", answer: answerForwardAuth });
  },
};

function answerForwardAuth(c: Context): Response {
  const asked = readAsked(c);
  const login = asked && loginAddress(c, asked);
  // A proxy for a host that nobody listed lets nobody in, so that its owner notices.
  if (asked && login === undefined) return answerProxy(c, 403, { error: notGuarded });
  const visitor = c.get("visitor");
  if (visitor) return answerProxy(c, 204, { headers: identityOf(visitor.user) });
  // Sent to a page, a script or a program would take it for success.
  if (!asked || login === undefined || !isNavigation(c, asked.method)) return answerProxy(c, 401, { error: loginRequired });
  // Cookie planting: without this, whoever has two sessions at the app would be sent to and fro.
  const cookies = expiredDuplicates(c.get("s"), c.req.header("cookie"), new URL(asked.url));
  return answerProxy(c, asked.takesRedirects ? 303 : 401, { loginAt: login, error: loginRequired, cookies });
}

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly takesRedirects: boolean;
}

/**
 * What the proxy was asked for. Caddy and Traefik say it in `X-Forwarded-*`, and pass on any answer but 2xx; nginx takes 401 and no
 * redirect, and says it in `X-Original-URL`, as our configuration has it. Undefined where it says nothing.
 */
function readAsked(c: Context): Asked | undefined {
  const method = (firstOf(c.req.header("x-forwarded-method")) ?? "GET").toUpperCase();
  const host = c.req.header("x-forwarded-host");
  if (host === undefined) {
    const url = c.req.header("x-original-url");
    return url === undefined ? undefined : { url: asUrl(url), method, takesRedirects: false };
  }
  // Of several proxies, each may name the host; where they name two, nobody knows which is meant.
  const hosts = new Set(host.split(",").map((each) => each.replaceAll(/[ \t]/g, "").toLowerCase()));
  const scheme = firstOf(c.req.header("x-forwarded-proto")) ?? "https";
  return { url: asUrl(`${scheme}://${[...hosts].join(",")}${c.req.header("x-forwarded-uri") ?? "/"}`), method, takesRedirects: true };
}

/** A socket has the schemes ws and wss, and is guarded as its page is. A path may come as raw bytes, which Node reads one a character. */
function asUrl(text: string): string {
  return text.replace(/^ws(?=s?:)/i, "http").replaceAll(/[\x80-\xFF]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Our login page, with the way back to what was asked for; undefined where that is on no guarded host (open redirect, ASVS 3.7.2). */
function loginAddress(c: Context, { url, method }: Asked): string | undefined {
  const { settings } = c.get("s");
  const start = guardedUrl(settings, /^[^/]*\/\/[^/?#]*/.exec(url)?.[0]);
  if (start === undefined) return undefined;
  const addressFor = (target: string) => `${settings.baseUrl}${settings.mountPath}/login?next=${encodeURIComponent(target)}`;
  // What was sent cannot be sent again, so there is no way back to it.
  const whole = addressFor((["GET", "HEAD"].includes(method) ? guardedUrl(settings, url) : undefined) ?? start);
  return whole.length > longestLoginAddress ? addressFor(start) : whole;
}

/** All of them each time, or a proxy would leave in place those that its visitor made up. */
function identityOf(user: User): Record<string, string> {
  return {
    "Remote-User": headerText(user.username),
    // The one thing about a person that never changes, and never becomes somebody else's.
    "Remote-User-Id": user.id,
    "Remote-Name": headerText(user.displayName),
    // Apps take an address for who somebody is, and anybody can sign up with anybody's until it is confirmed.
    "Remote-Email": user.emailVerifiedAt === null ? "" : headerText(user.email),
    "Remote-Groups": rolesOf(user).map(headerText).join(","),
  };
}

/**
 * Text as a header can carry it: what is not printable ASCII, and `%` and `,`, as its UTF-8 bytes in the form `%C3%A9` (RFC 3986), which
 * `decodeURIComponent` reads. So no name begins another header or another group, and none loses a space at its end (ASVS 1.2.1).
 */
function headerText(text: string): string {
  return text.replaceAll(/[^ -~]|[%,]|^ | $/gu, (character) => encodeURIComponent(character));
}
