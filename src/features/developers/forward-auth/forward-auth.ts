/** Authenticates requests to other apps for a reverse proxy (forward auth). */
import { siteUrl } from "../../../core/mail/emails.ts";
import { pageWith, type Services } from "../../../core/services.ts";
import { levelOf } from "../../../core/sessions/methods.ts";
import type { Visitor } from "../../../core/sessions/session.ts";
import { rolesOf } from "../../../core/users/roles.ts";
import type { Context } from "../../../http/context.ts";
import { reauthenticationPath } from "../../../http/forms/reauthenticate.ts";
import { messages as authenticate } from "../../../http/request/authenticate.messages.ts";
import { firstOf } from "../../../http/request/client-ip.ts";
import { expiredDuplicates } from "../../../http/request/cookies.ts";
import { messages as enrolment } from "../../../http/request/enrolment.messages.ts";
import { translator } from "../../../http/request/locale.ts";
import { isNavigation } from "../../../http/request/navigation.ts";
import { guardedUrl } from "../../../http/request/return-url.ts";
import { answerProxy } from "../../../http/response/respond.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./forward-auth.messages.ts";

/** Proxies limit the length of a header: a longer login URL leads back to the app's first page. */
const maxLoginUrlLength = 2_000;

export const forwardAuth: Feature = {
  name: "forward-auth",
  messages: [messages],
  translations: [{ de: () => import("./forward-auth.messages.de.ts"), ar: () => import("./forward-auth.messages.ar.ts") }],
  routes: (app, s) => {
    if (s.settings.forwardAuthHosts.length === 0) return;
    app.endpoint("/forward-auth", { method: "GET", auth: "none", cookies: "read", whileEnrolling: true, answer: answerForwardAuth });
  },
};

function answerForwardAuth(c: Context): Response {
  const proxied = readProxiedRequest(c);
  const login = proxied && loginUrl(c, proxied);
  // A host that is not listed gets 403 even with a session: a login would not help.
  if (proxied && login === undefined) {
    return answerProxy(c, 403, { error: { code: "not-guarded", message: translator(c, messages)("notGuarded") } });
  }
  const visitor = c.get("visitor");
  const isHeld = c.get("enrolment")?.isOver === true;
  // The proxy's configuration adds the parameter; the client's own query is in the proxied URL.
  const level = c.req.query("level") === "2" ? 2 : 1;
  if (visitor && !isHeld && level <= levelOf(visitor.session.methods)) return answerProxy(c, 204, { headers: identityOf(visitor) });
  if (visitor) return refuseVisitor(c, proxied, isHeld || visitor.user.twoFactorSince === null ? "two-factor" : "second-factor");
  const loginRequired = { code: "login-required", message: translator(c, authenticate)("loginRequired") };
  // Scripts and API clients would take the login page's 200 for success, so only page visits are redirected.
  if (!proxied || login === undefined || !isNavigation(c, proxied.method)) return answerProxy(c, 401, { error: loginRequired });
  // Cookie tossing: a second session cookie, planted by a sibling host, would cause a redirect loop.
  const cookies = expiredDuplicates(c.get("s"), c.req.header("cookie"), new URL(proxied.url));
  return answerProxy(c, proxied.takesRedirects ? 303 : 401, { loginAt: login, error: loginRequired, cookies });
}

/** Leads page visits to the page that turns two-factor authentication on, or that asks for the second factor, and then back. */
function refuseVisitor(c: Context, proxied: ProxiedRequest | undefined, missing: "two-factor" | "second-factor"): Response {
  const s = c.get("s");
  const sentence = translator(c, enrolment)(missing === "two-factor" ? "twoFactorRequired" : "secondFactorRequired");
  const error = { code: `${missing}-required`, message: sentence };
  const target = proxied && guardedUrl(s.settings, proxied.url);
  const page = missing === "two-factor" ? setUpPath(s, target) : reauthenticationPath(c, { next: target ?? "", level: 2 });
  if (!proxied || page === undefined || !isNavigation(c, proxied.method)) return answerProxy(c, 403, { error });
  return answerProxy(c, proxied.takesRedirects ? 303 : 401, { loginAt: siteUrl(s, page), error });
}

function setUpPath(s: Services, target: string | undefined): string | undefined {
  const page = pageWith(s, "two-factor");
  return page === undefined || target === undefined ? page : `${page}?next=${encodeURIComponent(target)}`;
}

interface ProxiedRequest {
  readonly url: string;
  readonly method: string;
  readonly takesRedirects: boolean;
}

/**
 * The request that the proxy received. Caddy and Traefik send `X-Forwarded-*` and pass on any answer except 2xx; nginx sends
 * `X-Original-URL` and takes 401 only. Undefined without these headers.
 */
function readProxiedRequest(c: Context): ProxiedRequest | undefined {
  const method = (firstOf(c.req.header("x-forwarded-method")) ?? "GET").toUpperCase();
  const host = c.req.header("x-forwarded-host");
  if (host === undefined) {
    const url = c.req.header("x-original-url");
    return url === undefined ? undefined : { url: asUrl(url), method, takesRedirects: false };
  }
  // Several proxies may each add the host; two different hosts make an invalid URL, which is refused.
  const hosts = new Set(host.split(",").map((each) => each.replaceAll(/[ \t]/g, "").toLowerCase()));
  const scheme = firstOf(c.req.header("x-forwarded-proto")) ?? "https";
  return { url: asUrl(`${scheme}://${[...hosts].join(",")}${c.req.header("x-forwarded-uri") ?? "/"}`), method, takesRedirects: true };
}

/** Treats ws and wss as http and https. Percent-encodes raw bytes in the path, which Node reads as one character each. */
function asUrl(text: string): string {
  return text.replace(/^ws(?=s?:)/i, "http").replaceAll(/[\x80-\xFF]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Open redirect: undefined unless the requested URL is on a listed host (ASVS 3.7.2). */
function loginUrl(c: Context, { url, method }: ProxiedRequest): string | undefined {
  const { settings } = c.get("s");
  const start = guardedUrl(settings, /^[^/]*\/\/[^/?#]*/.exec(url)?.[0]);
  if (start === undefined) return undefined;
  const loginUrlFor = (target: string) => `${settings.baseUrl}${settings.mountPath}/login?next=${encodeURIComponent(target)}`;
  // A form can't be sent again after the login, so only GET and HEAD lead back to the page.
  const whole = loginUrlFor((["GET", "HEAD"].includes(method) ? guardedUrl(settings, url) : undefined) ?? start);
  return whole.length > maxLoginUrlLength ? loginUrlFor(start) : whole;
}

/** Header spoofing: sends every header, empty ones too, so that the proxy overwrites those of the client (ASVS 4.1.3). */
function identityOf({ user, session }: Visitor): Record<string, string> {
  return {
    "Remote-User": headerText(user.username),
    // Never changes and is never reused, unlike usernames.
    "Remote-User-Id": user.id,
    "Remote-Name": headerText(user.displayName),
    // Account takeover: apps identify users by email, so an unverified one is not sent.
    "Remote-Email": user.emailVerifiedAt === null ? "" : headerText(user.email),
    "Remote-Groups": rolesOf(user).map(headerText).join(","),
    // 1 or 2, see `Level`.
    "Remote-Level": String(levelOf(session.methods)),
  };
}

/**
 * Header injection: percent-encodes everything except printable ASCII, and `%` and `,` (RFC 3986; ASVS 1.2.1). Apps decode it with
 * `decodeURIComponent`.
 */
function headerText(text: string): string {
  return text.replaceAll(/[^ -~]|[%,]|^ | $/gu, (character) => encodeURIComponent(character));
}
