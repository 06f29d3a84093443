/** Authenticates requests by cookie or bearer token, and starts and ends sessions. */
import type { Services } from "../../core/services.ts";
import {
  findVisitor,
  readBearerToken,
  readSessionToken,
  type SessionToken,
  touchSession,
  type Visitor,
} from "../../core/sessions/session.ts";
import type { RenewedSession } from "../../core/sign-in/reauthentication.ts";
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { messages as errors } from "../response/errors.messages.ts";
import { flash } from "../response/flash.ts";
import { answerError, answerUnauthenticated, redirect, redirectWithFlash } from "../response/respond.ts";
import { addHeader } from "../response/security-headers.ts";
import { messages } from "./authenticate.messages.ts";
import { expireCookie, readCookie, sessionCookieIn, writeCookie } from "./cookies.ts";
import { mayBeCrossSite } from "./csrf.ts";
import { isHeld, readEnrolment } from "./enrolment.ts";
import { isNavigation } from "./navigation.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";
import { safeReturn } from "./return-url.ts";
import { forgetTypedLogin } from "./typed-login.ts";

/** Sets the visitor with one indexed read, and expires a session cookie that matches no session. */
export async function authenticate(c: Context): Promise<void> {
  const authorization = c.req.header("authorization");
  // Privilege confusion: with a bearer token the cookie is ignored, so a request that the token may not make is refused.
  if (isBearer(authorization)) {
    c.set("isBearer", true);
    const token = bearerTokenIn(authorization);
    const visitor = token && (await findVisitor(c.get("s"), token));
    if (visitor) await setVisitor(c, visitor);
    return;
  }
  const cookie = readCookie(c, "session");
  if (cookie === undefined) return;
  const token = readSessionToken(cookie);
  const visitor = token && (await findVisitor(c.get("s"), token));
  if (visitor) await setVisitor(c, visitor);
  else expireCookie(c, "session");
}

/** Finds the visitor by the headers of a request alone; undefined while its session can only enrol. */
export async function findByHeaders(s: Services, header: (name: string) => string | undefined): Promise<Visitor | undefined> {
  const authorization = header("authorization");
  const token = isBearer(authorization) ? bearerTokenIn(authorization) : readSessionToken(sessionCookieIn(s, header("cookie")));
  const visitor = token && (await findVisitor(s, token));
  return visitor && !(await isHeld(s, visitor)) ? visitor : undefined;
}

function isBearer(authorization: string | undefined): authorization is string {
  return authorization !== undefined && /^bearer(?: |$)/i.test(authorization);
}

/** The bearer token of the header `Authorization`, if it has the format of one. */
export function bearerTokenIn(authorization: string | undefined): SessionToken | undefined {
  return isBearer(authorization) ? readBearerToken(trimOptionalSpace(authorization.slice("bearer ".length))) : undefined;
}

async function setVisitor(c: Context, visitor: Visitor): Promise<void> {
  c.set("visitor", visitor);
  const s = c.get("s");
  touchSession(s, visitor.session)?.catch((error: unknown) => s.log.warn({ err: error }, "could not record a visit"));
  if (s.settings.twoFactor.length > 0) await readEnrolment(c, visitor);
}

/** Redirects browsers without a session to the login page; other clients get 401. Undefined with a session. */
export function loginRequired(c: Context): Response | undefined {
  if (c.get("visitor")) return undefined;
  if (!isNavigation(c)) return answerUnauthenticated(c);
  flash(c, "warning", message(messages, "loginRequired"));
  const { pathname, search } = new URL(c.req.url);
  const next = c.req.method === "GET" || c.req.method === "HEAD" ? pathname + search : c.get("s").settings.homeUrl;
  return redirect(c, `/login?next=${encodeURIComponent(next)}`);
}

// CSRF on routes of the host app: unsafe methods with a session cookie must come from this site (ASVS 3.5.1).
export function refuseCrossSite(c: Context): Response | undefined {
  return c.get("visitor") && mayBeCrossSite(c) ? answerError(c, 403, foreignOrigin) : undefined;
}

const foreignOrigin = { code: "foreign-origin", message: message(errors, "foreignOrigin") };

/**
 * Redirects logged-in users away from login and sign-up, unless `?switch=1` is set.
 * Login CSRF: the flash names the account, so that users notice a foreign one.
 */
export function redirectIfLoggedIn(c: Context, next: unknown): Response | undefined {
  const visitor = c.get("visitor");
  if (!visitor || !isNavigation(c) || c.req.query("switch") === "1") return undefined;
  return redirectWithFlash(
    c,
    safeReturn(c.get("s").settings, next),
    "info",
    message(messages, "loggedInAs", { username: { reader: "username" } }),
  );
}

/** Path of the login form, also for a user who is logged in. */
export function loginPath(c: Context): string {
  return c.get("visitor") ? "/login?switch=1" : "/login";
}

/** Returns the visitor of a guarded route. Throws on a public route without a session. */
export function requireVisitor(c: Context): Visitor {
  const visitor = c.get("visitor");
  if (!visitor) throw new Error(`${c.req.path} needs a session, but its route is public.`);
  return visitor;
}

/** Expires the session's cookies. With `CLEAR_SITE_DATA`, also clears what scripts of this host stored (ASVS 14.3.1). */
export function clearSession(c: Context): void {
  c.set("visitor", undefined);
  c.set("locale", undefined);
  c.set("csrfToken", undefined);
  expireCookie(c, "session");
  // Shared computer: link tokens, pending verifications, logins that wait and typed emails must not reach the next user.
  for (const name of ["link", "verification", "pending", "email-code", "codes", "proof"] as const)
    if (readCookie(c, name) !== undefined) expireCookie(c, name);
  forgetTypedLogin(c);
  if (c.get("s").settings.clearSiteData === "storage") addHeader(c, "clear-site-data", '"storage"');
}

/** Sets the session's cookie. It outlives the browser only if the user asked to be remembered. */
export function startSession(c: Context, { token, session, user }: RenewedSession): void {
  const seconds = Math.round((session.expiresAt - session.createdAt) / 1_000);
  writeCookie(c, "session", token, session.remembered ? seconds : undefined);
  expireCookie(c, "csrf");
  c.set("visitor", { session, user });
  c.set("locale", undefined);
  // The previous CSRF token is bound to the previous session.
  c.set("csrfToken", undefined);
}

/** Continues with a renewed session. A JSON client gets its new token in the body of the response, whatever that is. */
export function continueSession(c: Context, renewed: RenewedSession): void {
  const { token, session, user } = renewed;
  if (c.get("isBearer")) {
    c.set("visitor", { session, user });
    c.set("renewedToken", { token, expiresAt: session.expiresAt });
  } else startSession(c, renewed);
}
