/** Turns the result of a sign-in into a response. */

import { pageWith } from "../../core/services.ts";
import type { SignedIn, StepDue } from "../../core/sign-in/sign-in.ts";
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { startSession } from "../request/authenticate.ts";
import { expireCookie, readCookie, writeCookie } from "../request/cookies.ts";
import { csrfToken } from "../request/csrf.ts";
import { rememberDevice } from "../request/known-device.ts";
import { endOvertaken } from "../request/overtaken-proof.ts";
import { safeReturn } from "../request/return-url.ts";
import { writeTrustedToken } from "../request/trusted-device.ts";
import { forgetTypedLogin } from "../request/typed-login.ts";
import { messages } from "./complete-sign-in.messages.ts";
import { flash } from "./flash.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "./respond.ts";

interface Completion {
  /** Whether a JSON client asked for a token to send in `Authorization`. */
  readonly isBearer?: boolean | undefined;
  /** Unvalidated URL to return to. */
  readonly next?: unknown;
  /** Whether the sign-in ends a sign-up, which the user is told. */
  readonly isSignUp?: boolean | undefined;
}

const pendingSeconds = 600;

/** Sets the session and device cookies and a welcome flash. If a step is due, such as a second factor, redirects to it (202 for JSON). */
export async function completeSignIn(
  c: Context,
  result: SignedInOrDue,
  { isBearer, next, isSignUp = false }: Completion,
): Promise<Response> {
  if (!result.ok) return continueSignIn(c, result, isBearer);
  const { token, session, user, before } = result;
  if (isBearer) return answerJson(c, { user, token, expiresAt: session.expiresAt });
  await enterBrowser(c, result);
  if (wantsJson(c)) return answerJson(c, { user, csrfToken: csrfToken(c) });
  const { settings } = c.get("s");
  const target = safeReturn(settings, next);
  const isHome = target === settings.mountPath + pageWith(c.get("s"), "home");
  // Pages of the host app do not show flashes, so it would appear days later. The dashboard greets by itself.
  if (c.get("site").isOwnPage(target) && (isSignUp || !isHome)) {
    const greeting = before.last_login_at === null ? "welcome" : "welcomeBack";
    flash(c, "success", message(messages, isSignUp ? "created" : greeting, { name: { reader: "displayName" } }));
  }
  if (before.erase_at !== null) flash(c, "info", message(messages, "deletionCancelled"));
  return redirectTo(c, target);
}

/** Gives a browser its new session, and ends what was under way in it. Every login in a browser passes here, also one without a response of its own. */
export async function enterBrowser(c: Context, { trust, token, session, user, before }: SignedIn): Promise<void> {
  if (trust) writeTrustedToken(c, trust);
  startSession(c, { token, session, user });
  await endOvertaken(c);
  rememberDevice(c, before);
  if (readCookie(c, "pending") !== undefined) expireCookie(c, "pending");
  forgetTypedLogin(c);
}

type SignedInOrDue = ({ readonly ok: true } & SignedIn) | StepDue;

function continueSignIn(c: Context, { due, methods, pending, trust }: StepDue, isBearer = false): Response {
  if (trust) writeTrustedToken(c, trust);
  if (isBearer || wantsJson(c)) return answerJson(c, { due: due.name, methods, pending }, 202);
  writeCookie(c, "pending", pending, pendingSeconds);
  forgetTypedLogin(c);
  return redirect(c, due.path);
}

/** Returns the token of a sign-in with a step due, from the JSON body or the cookie. */
export function pendingSignIn(c: Context): unknown {
  return c.get("body")?.["pending"] ?? readCookie(c, "pending");
}
