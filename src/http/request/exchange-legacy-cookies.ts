/** Exchanges cookies of a migrated Flask application for a session. */
import { type FlaskCookie, readFlaskSession, readRememberToken } from "../../core/sessions/flask-cookies.ts";
import { spendLegacyCookies } from "../../core/sessions/legacy-cookies.ts";
import { signInAtOnce } from "../../core/sign-in/sign-in.ts";
import type { Context } from "../context.ts";
import { completeSignIn, enterBrowser } from "../response/complete-sign-in.ts";
import { redirectTo } from "../response/respond.ts";
import { requestInfo } from "./build-request-info.ts";
import { expireLegacyCookie, readLegacyCookie } from "./cookies.ts";
import { readEnrolment } from "./enrolment.ts";
import { safeReturn } from "./return-url.ts";

/**
 * Replay: each legacy cookie is exchanged once, then expired, also for logged-in users, so that it cannot log in again after logout.
 * Returns a response on the login page or for a sign-in step, else undefined.
 */
export async function exchangeLegacyCookies(c: Context): Promise<Response | undefined> {
  const s = c.get("s");
  const hasExpired = s.now() >= (s.settings.flaskCookiesUntil ?? 0);
  const cookies = hasExpired || c.get("isBearer") ? [] : legacyCookies(c);
  if (cookies.length === 0) return undefined;
  const isAnonymous = c.get("visitor") === undefined;
  // Subresource requests may drop `Set-Cookie`, which would lose the exchanged session.
  if (isAnonymous && !isPageLoad(c)) return undefined;
  const login = await spendLegacyCookies(s, cookies);
  for (const { kind } of cookies) expireLegacyCookie(c, nameOf(c, kind));
  if (!isAnonymous || !login) return undefined;
  const { user, remember } = login;
  const { pathname, search } = new URL(c.req.url);
  const next = c.req.path === "/login" ? c.req.query("next") : pathname + search;
  const options = { remember, info: requestInfo(c), next };
  const result = await signInAtOnce(s, { user, methods: ["legacy-cookie"] }, options);
  if (!result.ok) return result.reason === "due" ? completeSignIn(c, result, {}) : undefined;
  await enterBrowser(c, result);
  // Policy bypass: this request too is held until two-factor authentication is on (ASVS 6.3.3).
  if (s.settings.twoFactor.length > 0) await readEnrolment(c, result);
  return c.req.path === "/login" ? redirectTo(c, safeReturn(s.settings, next)) : undefined;
}

function legacyCookies(c: Context): FlaskCookie[] {
  const s = c.get("s");
  const keys = s.settings.flaskSecretKeys;
  const session = readFlaskSession(keys, readLegacyCookie(c, nameOf(c, "session")), s.now());
  const remember = readRememberToken(keys, readLegacyCookie(c, nameOf(c, "remember")));
  return [session, remember].filter((cookie) => cookie !== undefined);
}

function nameOf(c: Context, kind: FlaskCookie["kind"]): string {
  const [session = "", remember = ""] = c.get("s").settings.flaskCookieNames;
  return kind === "session" ? session : remember;
}

/** Whether a browser loads a page (Fetch Metadata). Older browsers do not send the header. */
function isPageLoad(c: Context): boolean {
  return c.req.method === "GET" && (c.req.header("sec-fetch-dest") ?? "document") === "document";
}
