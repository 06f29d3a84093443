/** Asks for the password again before what could take an account over, and then goes on where the person was (ASVS 7.5.1). */

import { recordEvent } from "../../core/audit/log.ts";
import { isAhead } from "../../core/clock.ts";
import { tryPassword } from "../../core/credentials/password/attempt.ts";
import type { Reservation } from "../../core/rate-limits/rate-limits.ts";
import { inTransaction } from "../../core/services.ts";
import type { Visitor } from "../../core/sessions/session.ts";
import { type RenewedSession, refreshBearerSession, renewSession } from "../../core/sign-in/sign-in.ts";
import { type AccountRow, findUserById, hasPassword } from "../../core/users/users.ts";
import { message } from "../../i18n/messages.ts";
import { errorSummary, loginHint } from "../../ui/fields.ts";
import { at, html } from "../../ui/html.ts";
import type { Page } from "../../ui/page.ts";
import type { Context, FormError, FormState, Reauthenticate } from "../context.ts";
import { requireVisitor, startSession } from "../request/authenticate.ts";
import { say, translator } from "../request/locale.ts";
import { isNavigation } from "../request/navigation.ts";
import { requestInfo } from "../request/request-info.ts";
import { answerJson, redirect } from "../response/respond.ts";
import { tooManyAttempts } from "./form.ts";
import { messages } from "./reauthenticate.messages.ts";

/** Whether the password was given recently enough in this session. */
export function isFresh(c: Context): boolean {
  const { session } = requireVisitor(c);
  const s = c.get("s");
  // By a clock that was ahead, it would be recent for as long as that.
  return s.now() - session.authenticatedAt <= s.settings.reauthenticateAfterMs && !isAhead(s, session.authenticatedAt);
}

export const notFresh = { code: "reauthentication-required", message: message(messages, "required") };

/** Lets through who gave the password recently enough; sends a person to give it and back, and tells anything else 403. */
export function freshLoginRequired(c: Context): Response | undefined {
  if (isFresh(c)) return undefined;
  if (!isNavigation(c)) return answerJson(c, { error: { ...notFresh, message: say(c, notFresh.message) } }, 403);
  const { pathname, search } = new URL(c.req.url);
  return redirect(c, `/confirm-password?next=${encodeURIComponent(pathname + search)}`);
}

/** The methods that the visitor's account has, in the order of the features. */
async function enrolledMethods(c: Context): Promise<readonly Reauthenticate[]> {
  const all = c.get("site").reauthentication;
  const enrolled = await Promise.all(all.map((each) => each.isEnrolled(c)));
  return all.filter((_, i) => enrolled[i]);
}

/**
 * Checks whichever proof was sent, and gives the session a new token. Resolves to `missing` where none was sent, and to undefined where
 * all is well.
 */
export async function reauthenticate(c: Context): Promise<FormError | "missing" | undefined> {
  const visitor = requireVisitor(c);
  const body = c.get("body");
  const chosen = (await enrolledMethods(c)).find(({ field }) => body[field] !== undefined);
  if (!chosen) return (await enrolledMethods(c)).length === 0 ? noPassword : "missing";
  const verified = await chosen.verify(c, body[chosen.field]);
  if (!verified.ok) return verified.refusal;
  const proof = { methods: [chosen.method], attempt: verified.attempt } as const;
  const renewed = await inTransaction(c.get("s"), async (tx) => {
    const session = c.get("isBearer") ? await refreshBearerSession(tx, visitor, proof) : await renewSession(tx, visitor, proof);
    if (session) await recordEvent(tx, visitor.user.id, "reauthenticated", requestInfo(c));
    return session;
  });
  if (!renewed) return sessionEnded;
  if (isRenewed(renewed)) startSession(c, renewed);
  else c.set("visitor", renewed);
  return undefined;
}

function isRenewed(visitor: Visitor | RenewedSession): visitor is RenewedSession {
  return "token" in visitor;
}

export type OwnPassword =
  | { readonly ok: true; readonly user: AccountRow; readonly attempt: Reservation }
  | { readonly ok: false; readonly refusal: FormError };

/** Tries what was typed as the visitor's own password, with the login's counters and limits (ASVS 6.3.1). */
export async function tryOwnPassword(c: Context, password: unknown): Promise<OwnPassword> {
  const { user } = requireVisitor(c);
  if (typeof password !== "string" || password === "") {
    return { ok: false, refusal: { status: 422, code: "invalid", problems: { current_password: message(messages, "enterPassword") } } };
  }
  const tried = await tryPassword(c.get("s"), requestInfo(c), user.email, password);
  if (!tried.ok && tried.reason === "too-many") return { ok: false, refusal: tooManyAttempts(tried.retryAfterSeconds) };
  if (!tried.ok) return { ok: false, refusal: await refusalFor(c, user.id) };
  // The address may have become somebody else's since the session was looked up, and then so is the password.
  return tried.user.id === user.id ? tried : { ok: false, refusal: wrongPassword };
}

/** The state of the password is told to its owner only, who is logged in. */
async function refusalFor(c: Context, userId: string): Promise<FormError> {
  const account = await findUserById(c.get("s"), userId);
  if (account && !hasPassword(account)) return noPassword;
  return account?.password_locked_at == null ? wrongPassword : setAside;
}

/** Account takeover by an open session: a session alone never sets the first password, the email does (ASVS 6.2.3). */
export const noPassword: FormError = {
  status: 403,
  code: "no-password",
  message: message(messages, "noPassword"),
};

const setAside: FormError = {
  status: 401,
  code: "password-locked",
  message: message(messages, "locked"),
};

const wrongPassword: FormError = {
  status: 401,
  code: "bad-credentials",
  problems: { current_password: message(messages, "wrongPassword") },
};

const sessionEnded: FormError = { status: 401, code: "login-required", message: message(messages, "sessionEnded") };

/** The page that asks, by every method that the account has. It carries what was typed into the form behind it, passwords excepted. */
export async function reauthenticationPage(c: Context, state: FormState, action: string): Promise<Page> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const methods = await enrolledMethods(c);
  const kept = Object.entries(state.values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  const forms = methods.map(
    ({ input }) => html`<form method="post" action="${at(action)}" novalidate>
<input type="hidden" name="csrf_token" value="${state.csrfToken}">
${kept}
${loginHint(user.email)}
${input(c, state)}
<button type="submit" class="wide-button">${t("continue")}</button>
</form>`,
  );
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: state.message !== undefined || Object.keys(state.problems).length > 0,
    json: { methods: methods.map(({ method }) => method), csrfToken: state.csrfToken },
    body: html`${errorSummary(state)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
${forms.length === 0 ? html`<p><a class="button" href="${at("/login?switch=1")}">${t("logInAgain")}</a></p>` : forms}
<p class="after"><a href="${at("/settings")}">${t("back")}</a></p>`,
  };
}
