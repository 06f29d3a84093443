/** Forward auth: a proxy asks, for each request to another app, whether its visitor is logged in here, and who that is. */
import { rolesOf } from "../../core/roles.ts";
import type { User } from "../../core/users.ts";
import type { Feature } from "../../feature.ts";
import type { Context } from "../../http/context.ts";
import { expiredDuplicates } from "../../http/cookies.ts";
import { answerProxy, wantsJson } from "../../http/reply.ts";
import { guardedUrl } from "../../http/safe-next.ts";

const notGuarded = { code: "not-guarded", message: "This host is not among those that ask here who is logged in." };
const loginRequired = { code: "login-required", message: "Please log in to access this page." };

/** Proxies hold no longer addresses, and the first page of the app is as good a place to come back to. */
const longestLoginAddress = 2_000;

export const forwardAuth: Feature = {
  name: "forward-auth",
  routes: (app, s) => {
    if (s.settings.forwardAuthHosts.length === 0) return;
    app.page("/forward-auth", answerForwardAuth);
  },
};

function answerForwardAuth(c: Context): Response {
  const asked = readAsked(c);
  const login = asked && loginAddress(c, asked.url);
  // A proxy for a host that nobody listed lets nobody in, so that its owner notices.
  if (asked && login === undefined) return answerProxy(c, 403, { error: notGuarded });
  const visitor = c.get("visitor");
  if (visitor) return answerProxy(c, 204, { headers: identityOf(visitor.user) });
  // A script or a picture can do nothing with a page, and a program wants to be told.
  const isPage = !wantsJson(c) && /^(?:document|i?frame|)$/.test(c.req.header("sec-fetch-dest") ?? "");
  if (!isPage || !asked || login === undefined) return answerProxy(c, 401, { error: loginRequired });
  // Cookie planting: without this, whoever has two sessions at the app would be sent to and fro.
  const cookies = expiredDuplicates(c.get("s"), c.req.header("cookie"), new URL(asked.url));
  return answerProxy(c, asked.takesRedirects ? 303 : 401, { loginAt: login, error: loginRequired, cookies });
}

/**
 * What the proxy was asked for. Caddy and Traefik say it in `X-Forwarded-*`, and pass on any answer but 2xx; nginx takes 401 and no
 * redirect, and says it in `X-Original-URL`, as our configuration has it. Undefined where it says nothing.
 */
function readAsked(c: Context): { readonly url: string; readonly takesRedirects: boolean } | undefined {
  const host = c.req.header("x-forwarded-host");
  if (host === undefined) {
    const url = c.req.header("x-original-url");
    return url === undefined ? undefined : { url, takesRedirects: false };
  }
  // A socket has the schemes ws and wss, and is guarded as its page is.
  const scheme = (c.req.header("x-forwarded-proto") ?? "https").replace(/^ws/, "http");
  return { url: `${scheme}://${host}${c.req.header("x-forwarded-uri") ?? "/"}`, takesRedirects: true };
}

/** Our login page, with the way back to what was asked for; undefined where that is on no guarded host (open redirect, ASVS 3.7.2). */
function loginAddress(c: Context, url: string): string | undefined {
  const { settings } = c.get("s");
  const start = guardedUrl(settings, `${URL.parse(url)?.origin}/`);
  if (start === undefined) return undefined;
  const addressFor = (target: string) => `${settings.baseUrl}${settings.mountPath}/login?next=${encodeURIComponent(target)}`;
  // What was sent cannot be sent again, so there is no way back to it.
  const isRead = /^(?:GET|HEAD)$/.test(c.req.header("x-forwarded-method") ?? "GET");
  const whole = addressFor((isRead ? guardedUrl(settings, url) : undefined) ?? start);
  return whole.length > longestLoginAddress ? addressFor(start) : whole;
}

/** All of them each time, or a proxy would leave in place those that its visitor made up. */
function identityOf(user: User): Record<string, string> {
  return {
    "Remote-User": headerText(user.username),
    "Remote-Name": headerText(user.displayName),
    // Apps take an address for who somebody is, and anybody can sign up with anybody's until it is confirmed.
    "Remote-Email": user.emailConfirmedAt === null ? "" : headerText(user.email),
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
