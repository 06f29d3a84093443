/** Answers a sign-in: the one way from `signIn` to a response. */
import type { SignedIn, StepDue } from "../../core/sign-in/sign-in.ts";
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { startSession } from "../request/authenticate.ts";
import { dropCookie, readCookie, writeCookie } from "../request/cookies.ts";
import { csrfToken } from "../request/csrf.ts";
import { rememberDevice } from "../request/known-device.ts";
import { safeReturn } from "../request/return-url.ts";
import { messages } from "./complete-sign-in.messages.ts";
import { flash } from "./flash.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "./respond.ts";

interface Completion {
  /** Whether a JSON client asked for a token to send in `Authorization`. */
  readonly isBearer?: boolean | undefined;
  /** Where the browser goes on to, as it was sent. */
  readonly next?: unknown;
}

const pendingSeconds = 600;

/** Sets the cookie, remembers the device and greets; or leads on to the step that is due (202 to a JSON client). */
export function completeSignIn(c: Context, result: SignedInOrDue, { isBearer, next }: Completion): Response {
  if (!result.ok) return continueSignIn(c, result);
  const { token, session, user, before } = result;
  if (isBearer) return answerJson(c, { user, token, expiresAt: session.expiresAt });
  startSession(c, { token, session, user });
  rememberDevice(c, before);
  if (readCookie(c, "pending") !== undefined) dropCookie(c, "pending");
  if (wantsJson(c)) return answerJson(c, { user, csrfToken: csrfToken(c) });
  const target = safeReturn(c.get("s").settings, next);
  // On a page of the host app the flash would not be shown, and come up days later here.
  if (c.get("site").isOurs(target)) {
    flash(c, "success", message(messages, before.last_login_at === null ? "welcome" : "welcomeBack", { name: { reader: "displayName" } }));
  }
  if (before.erase_at !== null) flash(c, "info", message(messages, "deletionCancelled"));
  return redirectTo(c, target);
}

type SignedInOrDue = ({ readonly ok: true } & SignedIn) | StepDue;

function continueSignIn(c: Context, { due, methods, pending }: StepDue): Response {
  if (wantsJson(c)) return answerJson(c, { due: due.name, methods, pending }, 202);
  writeCookie(c, "pending", pending, pendingSeconds);
  return redirect(c, due.path);
}

/** The token of the sign-in that waits for a step: sent by a JSON client, or in this browser's cookie. */
export function pendingSignIn(c: Context): unknown {
  return c.get("body")?.["pending"] ?? readCookie(c, "pending");
}
