/** Asks for the password again before sensitive actions (ASVS 7.5.1). */
import { recordEvent } from "../../core/audit/log.ts";
import { isAhead } from "../../core/clock.ts";
import { tryPassword } from "../../core/credentials/password/attempt.ts";
import type { Reservation } from "../../core/rate-limits/rate-limits.ts";
import { inTransaction } from "../../core/services.ts";
import type { Visitor } from "../../core/sessions/session.ts";
import { proveAgain, renewSession, type SignedIn } from "../../core/sign-in/sign-in.ts";
import { findUserById, type UserRow } from "../../core/users/users.ts";
import { message } from "../../i18n/messages.ts";
import { errorSummary, field, loginHint } from "../../ui/fields.ts";
import { at, html } from "../../ui/html.ts";
import type { Page } from "../../ui/page.ts";
import type { Context, FormState } from "../context.ts";
import { requireVisitor, startSession } from "../request/authenticate.ts";
import { say, translator } from "../request/locale.ts";
import { isNavigation } from "../request/navigation.ts";
import { requestInfo } from "../request/request-info.ts";
import { answerJson, redirect } from "../response/respond.ts";
import { type FormError, tooManyAttempts } from "./form.ts";
import { messages } from "./reauthenticate.messages.ts";

export const confirmField = "current_password";

/** Whether this session authenticated within `REAUTHENTICATE_AFTER`. */
export function isFresh(c: Context): boolean {
  const { session } = requireVisitor(c);
  const s = c.get("s");
  // A time in the future comes from a clock that was ahead: it would count as recent for that long.
  return s.now() - session.authenticatedAt <= s.settings.reauthenticateAfterMs && !isAhead(s, session.authenticatedAt);
}

export const notFresh = { code: "fresh-login-required", message: message(messages, "required") };

/** Undefined after a recent authentication. Redirects a browser to `/confirm-password`, and answers anything else with 403. */
export function freshLoginRequired(c: Context): Response | undefined {
  if (isFresh(c)) return undefined;
  if (!isNavigation(c)) return answerJson(c, { error: { ...notFresh, message: say(c, notFresh.message) } }, 403);
  const { pathname, search } = new URL(c.req.url);
  return redirect(c, `/confirm-password?next=${encodeURIComponent(pathname + search)}`);
}

/** Checks the visitor's password, and replaces the session's token. Undefined on success. */
export async function confirmPassword(c: Context, password: unknown): Promise<FormError | undefined> {
  const visitor = requireVisitor(c);
  const tried = await tryOwnPassword(c, password);
  if (!tried.ok) return tried.refusal;
  const renewed = await inTransaction(c.get("s"), async (tx) => {
    const session = c.get("isBearer") ? await proveAgain(tx, visitor, tried.attempt) : await renewSession(tx, visitor, tried.attempt);
    if (session) await recordEvent(tx, visitor.user.id, "password-confirmed", requestInfo(c));
    return session;
  });
  if (!renewed) return sessionEnded;
  if (isSignedIn(renewed)) startSession(c, renewed);
  else c.set("visitor", renewed);
  return undefined;
}

function isSignedIn(visitor: Visitor | SignedIn): visitor is SignedIn {
  return "token" in visitor;
}

export type OwnPassword =
  | { readonly ok: true; readonly user: UserRow; readonly attempt: Reservation }
  | { readonly ok: false; readonly refusal: FormError };

/** Tries the visitor's password, within the rate limits of logging in (ASVS 6.3.1). */
export async function tryOwnPassword(c: Context, password: unknown): Promise<OwnPassword> {
  const { user } = requireVisitor(c);
  if (typeof password !== "string" || password === "") {
    return { ok: false, refusal: { status: 422, code: "invalid", problems: { [confirmField]: message(messages, "enterPassword") } } };
  }
  const tried = await tryPassword(c.get("s"), requestInfo(c), user.email, password);
  if (!tried.ok && tried.reason === "too-many") return { ok: false, refusal: tooManyAttempts(tried.retryAfterSeconds) };
  if (!tried.ok) return { ok: false, refusal: (await isSetAside(c, user.id)) ? setAside : wrongPassword };
  // Race: the email may belong to another account since the session was read, and the password with it.
  return tried.user.id === user.id ? tried : { ok: false, refusal: wrongPassword };
}

/** Told only to the owner, who is logged in. */
async function isSetAside(c: Context, userId: string): Promise<boolean> {
  return (await findUserById(c.get("s"), userId))?.password_set_aside_at != null;
}

const setAside: FormError = {
  status: 401,
  code: "password-set-aside",
  message: message(messages, "locked"),
};

const wrongPassword: FormError = {
  status: 401,
  code: "bad-credentials",
  problems: { [confirmField]: message(messages, "wrongPassword") },
};

const sessionEnded: FormError = { status: 401, code: "login-required", message: message(messages, "sessionEnded") };

/** The page that asks for the password. It carries the values of the form that it interrupts, except passwords. */
export function confirmPage(c: Context, state: FormState, action: string): Page {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const kept = Object.entries(state.values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: state.message !== undefined || Object.keys(state.problems).length > 0,
    body: html`${errorSummary(state)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
<form method="post" action="${at(action)}" novalidate>
<input type="hidden" name="csrf_token" value="${state.csrfToken}">
${kept}
${loginHint(user.email)}
${field({ name: confirmField, label: t("password"), type: "password", autocomplete: "current-password", problem: state.problems[confirmField] })}
<button type="submit" class="wide-button">${t("continue")}</button>
</form>
<p class="after"><a href="${at("/settings")}">${t("back")}</a></p>`,
  };
}
