/** Requires recent authentication before sensitive changes (ASVS 7.5.1). */

import { recordEvent } from "../../core/audit/log.ts";
import { isAhead } from "../../core/clock-skew.ts";
import { tryPassword } from "../../core/credentials/password/attempt.ts";
import { type Reservation, withReservation } from "../../core/rate-limits/rate-limits.ts";
import { inTransaction, pageWith, recoveryPath } from "../../core/services.ts";
import { hasOwnSecondFactor, isSecondFactor, type Level, levelOf } from "../../core/sessions/methods.ts";
import { recordWrongProof, reserveProof } from "../../core/sign-in/proof-limit.ts";
import { renewSession } from "../../core/sign-in/reauthentication.ts";
import { loginNameOf } from "../../core/users/login-name.ts";
import { type AccountRow, findUserById, hasPassword } from "../../core/users/users.ts";
import { message } from "../../i18n/messages.ts";
import { errorSummary, loginHint } from "../../ui/fields.ts";
import { at, html } from "../../ui/html.ts";
import type { Page } from "../../ui/page.ts";
import type { Context, FormError, FormState, Reauthenticate, Verified } from "../context.ts";
import { continueSession, requireVisitor } from "../request/authenticate.ts";
import { requestInfo } from "../request/build-request-info.ts";
import { messages as enrolmentMessages } from "../request/enrolment.messages.ts";
import { enrolmentRequired } from "../request/enrolment.ts";
import { say, translator } from "../request/locale.ts";
import { isNavigation } from "../request/navigation.ts";
import { flash } from "../response/flash.ts";
import { answerJson, redirect } from "../response/respond.ts";
import { messages as formMessages } from "./form.messages.ts";
import { tooManyAttempts } from "./form.ts";
import { messages } from "./reauthenticate.messages.ts";
import { settingsLink } from "./settings-link.ts";

/**
 * Whether this session was authenticated within `REAUTHENTICATE_AFTER`. Downgrade: with two-factor authentication, a session that skipped the
 * second step has none (ASVS 7.5.1).
 */
export function hasRecentAuth(c: Context): boolean {
  if (!hasSecondStep(c)) return false;
  const { session } = requireVisitor(c);
  const s = c.get("s");
  // Clock skew: a time in the future, from a clock that was ahead, does not count as recent.
  return s.now() - session.authenticatedAt <= s.settings.reauthenticateAfterMs && !isAhead(s, session.authenticatedAt);
}

/** Whether this session has passed the second step, if its account has turned that on. */
export function hasSecondStep(c: Context): boolean {
  const { session, user } = requireVisitor(c);
  const s = c.get("s");
  // The session that turned it on has proven what was asked until then. One that began later may name an older login at a provider.
  const latest = Math.max(session.createdAt, session.authenticatedAt);
  const since = user.twoFactorSince;
  // Clock skew: where a clock was ahead when it was turned on, later sessions would seem to be from before.
  const isLater = since !== null && (latest >= since || isAhead(s, since));
  return !isLater || levelOf(session.methods) === 2;
}

export const recentAuthError = { code: "reauthentication-required", message: message(messages, "required") };

/** Redirects browsers to the re-authentication page; other clients get 403. Undefined after recent authentication. */
export function recentAuthRequired(c: Context): Response | undefined {
  if (hasRecentAuth(c)) return undefined;
  if (!isNavigation(c)) return answerJson(c, { error: { ...recentAuthError, message: say(c, recentAuthError.message) } }, 403);
  const { pathname, search } = new URL(c.req.url);
  return redirect(c, reauthenticationPath(c, { next: pathname + search }));
}

export const secondFactorError = { code: "second-factor-required", message: message(enrolmentMessages, "secondFactorRequired") };

/**
 * Requires a session of this level. An account with two-factor authentication confirms it with its second factor, any other account turns it
 * on; clients other than browsers get 403.
 */
export function levelRequired(c: Context, level: Level): Response | undefined {
  return level <= levelOf(requireVisitor(c).session.methods) ? undefined : stepUp(c, level);
}

/** Requires a second step with a factor of the account itself; those of a provider don't count. */
export function ownFactorRequired(c: Context): Response | undefined {
  return hasOwnSecondFactor(requireVisitor(c).session.methods) ? undefined : stepUp(c, 2);
}

function stepUp(c: Context, level: Level): Response {
  if (requireVisitor(c).user.twoFactorSince === null) return enrolmentRequired(c, { leadsBack: true });
  if (!isNavigation(c)) return answerJson(c, { error: { ...secondFactorError, message: say(c, secondFactorError.message) } }, 403);
  const { pathname, search } = new URL(c.req.url);
  flash(c, "info", secondFactorError.message);
  return redirect(c, reauthenticationPath(c, { next: pathname + search, level }));
}

/** Path of the re-authentication page, or of the login if no feature has one. `next` may be a URL of a guarded host. */
export function reauthenticationPath(c: Context, { next, level = 1 }: { readonly next: string; readonly level?: Level }): string {
  const query = `${level === 2 ? "level=2&" : ""}next=${encodeURIComponent(next)}`;
  const page = pageWith(c.get("s"), "reauthentication");
  return page === undefined ? `/login?switch=1&${query}` : `${page}?${query}`;
}

/**
 * Authentication methods of the visitor's account, in the order of the features. Downgrade: with two-factor authentication only its second
 * factors, or a stolen session and the password would turn it off.
 */
export async function enrolledMethods(c: Context, level: Level): Promise<readonly Reauthenticate[]> {
  const { session, user } = requireVisitor(c);
  const needsFactor = level === 2 || user.twoFactorSince !== null;
  const all = c
    .get("site")
    .reauthentication.filter(({ method }) => !needsFactor || (isSecondFactor(method) && levelOf([...session.methods, method]) === 2));
  const enrolled = await Promise.all(all.map((each) => each.isEnrolled(c)));
  return all.filter((_, i) => enrolled[i]);
}

/** Verifies the submitted proof and rotates the session token. Returns `missing` without a proof, undefined on success. */
export async function reauthenticate(c: Context, level: Level = 1): Promise<FormError | "missing" | undefined> {
  const visitor = requireVisitor(c);
  const body = c.get("body");
  const methods = await enrolledMethods(c, level);
  const chosen = methods.find(({ field }) => body[field] !== undefined);
  if (!chosen && methods.length > 0) return "missing";
  if (!chosen) return level === 1 && visitor.user.twoFactorSince === null ? noPassword(c) : { status: 403, ...secondFactorError };
  const verified = await verify(c, chosen, body[chosen.field]);
  if (!verified.ok) return verified.refusal;
  const proof = { methods: verified.methods ?? ([chosen.method] as const), factor: verified.factor, attempt: verified.attempt };
  const renewed = await inTransaction(c.get("s"), async (tx) => {
    if (proof.methods.some(isSecondFactor)) await tx.catalog.factorRecovery?.endIfOver(tx, visitor.user.id, requestInfo(c));
    const session = await renewSession(tx, visitor, proof, { isBearer: c.get("isBearer") });
    if (session) await recordEvent(tx, visitor.user.id, "reauthenticated", requestInfo(c));
    return session;
  });
  if (!renewed) return sessionEnded;
  continueSession(c, renewed);
  return undefined;
}

/** Guessing with a stolen session: all tries of the account count (ASVS 6.6.3), apart from those at login, which need no session. */
async function verify(c: Context, method: Reauthenticate, proof: unknown): Promise<Verified> {
  if (method.hasOwnLimit) return method.verify(c, proof);
  const [s, info, { user }] = [c.get("s"), requestInfo(c), requireVisitor(c)];
  const attempt = await reserveProof(s, `reauthentication ${user.id}`);
  if (!attempt.ok) return { ok: false, refusal: tooManyAttempts(attempt.retryAfterSeconds) };
  const verified = await withReservation(s, attempt, method.verify(c, proof));
  if (verified.ok) return { ...verified, attempt };
  await recordWrongProof(s, info, { userId: user.id, event: "reauthentication-failed", attempt });
  return verified;
}

export type OwnPassword =
  | { readonly ok: true; readonly user: AccountRow; readonly attempt: Reservation }
  | { readonly ok: false; readonly refusal: FormError };

// Brute force with a stolen session: checks count towards the rate limits of login (ASVS 6.3.1).
export async function tryOwnPassword(c: Context, password: unknown): Promise<OwnPassword> {
  const { user } = requireVisitor(c);
  if (typeof password !== "string" || password === "") {
    return { ok: false, refusal: { status: 422, code: "invalid", problems: { current_password: message(messages, "enterPassword") } } };
  }
  const tried = await tryPassword(c.get("s"), requestInfo(c), { kind: "email", text: user.email }, password);
  if (!tried.ok && tried.reason === "too-many") return { ok: false, refusal: tooManyAttempts(tried.retryAfterSeconds) };
  if (!tried.ok) return { ok: false, refusal: await passwordError(c, user.id) };
  // Race: the email may belong to another account since the session was read.
  return tried.user.id === user.id ? tried : { ok: false, refusal: wrongPassword };
}

/** Reveals a missing or locked password: unlike at login, the account is known. */
async function passwordError(c: Context, userId: string): Promise<FormError> {
  const account = await findUserById(c.get("s"), userId);
  if (account && !hasPassword(account)) return noPassword(c);
  return account?.password_locked_at == null ? wrongPassword : passwordLocked;
}

/** Account takeover with a stolen session: the first password requires a reset email (ASVS 6.2.3). */
export function noPassword(c: Context): FormError {
  const s = c.get("s");
  if (s.settings.passwords === "off")
    return { status: 403, code: "reauthentication-required", message: message(messages, "confirmByLogin") };
  const { siteName } = s.settings;
  const sentence = recoveryPath(s) === undefined ? message(messages, "noPasswordAskSite", { siteName }) : message(messages, "noPassword");
  return { status: 403, code: "no-password", message: sentence };
}

const passwordLocked: FormError = {
  status: 401,
  code: "password-locked",
  message: message(messages, "locked"),
};

const wrongPassword: FormError = {
  status: 401,
  code: "bad-credentials",
  problems: { current_password: message(formMessages, "wrongPassword") },
};

const sessionEnded: FormError = { status: 401, code: "login-required", message: message(messages, "sessionEnded") };

/** Renders the confirmation page with each method of the account. Hidden fields keep the values of the original form, except passwords. */
export async function reauthenticationPage(c: Context, state: FormState, action: string, level: Level = 1): Promise<Page> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const methods = await enrolledMethods(c, level);
  const kept = Object.entries(state.values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  const fields = html`<input type="hidden" name="csrf_token" value="${state.csrfToken}">
${kept}`;
  const forms = await Promise.all(
    methods.map(async ({ input, button, sendsItself, isLinks, after }) =>
      isLinks
        ? html`${await input(c, state)}`
        : html`<form method="post" action="${at(action)}" novalidate>
${fields}
${loginHint(loginNameOf(c.get("s").settings, user))}
${await input(c, state)}
${sendsItself ? "" : html`<button type="submit" class="wide-button">${say(c, (await button?.(c, methods.length === 1)) ?? message(messages, "continue"))}</button>\n`}</form>${after && (await after(c, { action, fields }))}`,
    ),
  );
  const isInSettings = c.req.path.startsWith("/settings");
  return {
    title: t("title"),
    width: isInSettings ? "account" : "narrow",
    hasErrors: state.message !== undefined || Object.keys(state.problems).length > 0,
    json: { methods: methods.map(({ method }) => method), csrfToken: state.csrfToken },
    body: html`${errorSummary(state)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
${forms.length === 0 ? html`<p><a class="button" href="${at("/login?switch=1")}">${t("logInAgain")}</a></p>` : forms}
${isInSettings ? "" : settingsLink(c)}`,
  };
}
