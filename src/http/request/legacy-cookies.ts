/** Exchanges cookies of a migrated Flask application for a session. */
import { type FlaskCookie, readFlaskSession, readRememberToken } from "../../core/sessions/flask-cookies.ts";
import { spendLegacyCookies } from "../../core/sessions/legacy-cookies.ts";
import { signInAtOnce } from "../../core/sign-in/sign-in.ts";
import type { Context } from "../context.ts";
import { completeSignIn } from "../response/complete-sign-in.ts";
import { redirectTo } from "../response/respond.ts";
import { startSession } from "./authenticate.ts";
import { dropForeignCookie, foreignCookie } from "./cookies.ts";
import { requestInfo } from "./request-info.ts";
import { safeReturn } from "./return-url.ts";

/**
 * Exchanges what the browser brought, each cookie once, and makes it forget it. Who is logged in already only loses it: it must not
 * log anybody in again after a logout. Gives an answer where the visitor was on the way to log in.
 */
export async function exchangeOldCookies(c: Context): Promise<Response | undefined> {
  const s = c.get("s");
  const isOver = s.now() >= (s.settings.flaskCookiesUntil ?? 0);
  const cookies = isOver || c.get("isBearer") ? [] : oldCookies(c);
  if (cookies.length === 0) return undefined;
  const isStranger = c.get("visitor") === undefined;
  // What only loads a part of a page could not keep the session that it would get.
  if (isStranger && !isVisit(c)) return undefined;
  const taken = await spendLegacyCookies(s, cookies);
  for (const { kind } of cookies) dropForeignCookie(c, nameOf(c, kind));
  if (!isStranger || !taken) return undefined;
  const { user, remember } = taken;
  const options = { remember, info: requestInfo(c), next: c.req.url };
  const result = await signInAtOnce(s, { user, methods: ["legacy-cookie"] }, options);
  if (!result.ok) return result.reason === "due" ? completeSignIn(c, result, {}) : undefined;
  startSession(c, result);
  return c.req.path === "/login" ? redirectTo(c, safeReturn(s.settings, c.req.query("next"))) : undefined;
}

function oldCookies(c: Context): FlaskCookie[] {
  const s = c.get("s");
  const keys = s.settings.flaskSecretKeys;
  const session = readFlaskSession(keys, foreignCookie(c, nameOf(c, "session")), s.now());
  const remember = readRememberToken(keys, foreignCookie(c, nameOf(c, "remember")));
  return [session, remember].filter((cookie) => cookie !== undefined);
}

function nameOf(c: Context, kind: FlaskCookie["kind"]): string {
  const [session = "", remember = ""] = c.get("s").settings.flaskCookieNames;
  return kind === "session" ? session : remember;
}

/** Whether a person opens a page. Browsers say what they ask for (Fetch Metadata); who says nothing is taken for a browser of before that. */
function isVisit(c: Context): boolean {
  return c.req.method === "GET" && (c.req.header("sec-fetch-dest") ?? "document") === "document";
}
