/** The second step of a login, by a code of an authenticator app or a recovery code. */

import { hitsOf, isSpent, type Reservation, release, reserve, tryConsume, withReservation } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, pageWith, type Services, type Transaction } from "../../../core/services.ts";
import { type FactorId, recoveryCodesId } from "../../../core/sessions/factor-id.ts";
import type { Method } from "../../../core/sessions/methods.ts";
import { findPendingSignIn, type PendingSignIn, takePendingTry } from "../../../core/sign-in/pending-sign-in.ts";
import { type LongLimit, proofTries, recordWrongProof } from "../../../core/sign-in/proof-limit.ts";
import { resumeSignIn } from "../../../core/sign-in/resume.ts";
import type { SignInResult } from "../../../core/sign-in/sign-in.ts";
import { acceptTotp } from "../../../core/two-factor/authenticators.ts";
import {
  acceptRecoveryCode,
  countRecoveryCodes,
  fewRecoveryCodes,
  isGuessable,
  readRecoveryCode,
} from "../../../core/two-factor/recovery-codes.ts";
import { readTotp } from "../../../core/two-factor/totp.ts";
import { type AccountRow, findUserById } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Verified } from "../../../http/context.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { passkeysMissing } from "../../../http/forms/passkey-prompt.ts";
import { loginPath, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { guardedOrigins } from "../../../http/request/return-url.ts";
import { completeSignIn, pendingSignIn } from "../../../http/response/complete-sign-in.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerPage } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { type LimitedCodes, recordUsedRecoveryCode, sendFailedNotice, sendLimitNotice } from "./notices.ts";
import { trustCheckbox } from "./trusted-devices.ts";
import { messages } from "./two-factor.messages.ts";

const stepName = "two-factor";
export const reauthenticationField = "two_factor_code";
/** Wrong codes of a day, by default. */
const longLimit = "two-factor-codes";
const hourSeconds = 3_600;
/** Wrong codes after which the owner is told. */
const noticeAfter = 3;
/** For the checkbox above all ways, which belongs to the form of the code. */
const formId = "second-step";

/** A typed code: six digits, or a recovery code. */
interface TypedCode {
  readonly method: "totp" | "recovery-code";
  readonly code: string;
  /** A recovery code that was made here has 115 bits. */
  readonly isUnguessable: boolean;
}

function readCode(typed: string): TypedCode | undefined {
  const totp = readTotp(typed);
  if (totp !== undefined) return { method: "totp", code: totp, isUnguessable: false };
  const code = readRecoveryCode(typed);
  return code === undefined ? undefined : { method: "recovery-code", code, isUnguessable: !isGuessable(code) };
}

type Accepted =
  | { readonly ok: true; readonly method: Method; readonly factor: FactorId; readonly codesLeft?: number }
  | { readonly ok: false; readonly minutesOff?: number; readonly isUsed?: boolean };

export async function enter(c: Context, typed: string, trust: boolean): Promise<Response | FormError> {
  const s = c.get("s");
  if (typed.trim() === "") return { status: 422, code: "invalid", problems: { code: message(messages, "enterCode") } };
  const token = pendingSignIn(c);
  const info = requestInfo(c);
  const read = readCode(typed);
  const long = longLimitOf(s, read);
  const tried = await takePendingTry(s, info, { step: stepName, token, long, isUnguessable: read?.isUnguessable ?? false });
  if (!tried.ok) return tried.reason === "too-many" ? tooManyCodes(tried.retryAfterSeconds) : expired(c);
  const { pending, attempt, isKnown } = tried;
  const replaces = c.get("visitor")?.session;
  const outcome = await unlessEnded(
    inTransaction(s, async (tx): Promise<{ accepted: Accepted; result?: SignInResult }> => {
      const accepted = await accept(tx, pending, read);
      if (!accepted.ok) return { accepted };
      const result = await resumeSignIn(tx, token, { method: accepted.method, factor: accepted.factor, attempt, info, replaces, trust });
      if (!result.ok && result.reason !== "due") throw new SignInEndedError();
      if (accepted.codesLeft !== undefined) await recordUsedRecoveryCode(tx, pending.user, info, accepted.codesLeft);
      return { accepted, result };
    }),
  );
  if (!outcome) return expired(c);
  const { accepted, result } = outcome;
  if (!accepted.ok) {
    await recordWrongProof(s, info, { userId: pending.user.id, event: "two-factor-failed", attempt, long });
    const told = { user: pending.user, isAfterPassword: pending.methods.includes("password"), where: isKnown ? "known" : "other" } as const;
    const isThirdToday = !isKnown && (await isThirdOfDay(s, pending.user));
    if (!(await notifyOfLimit(c, told, attempt))) await notifyOfFailures(c, pending, { count: proofTries(attempt), isThirdToday });
    return wrongCode(accepted, "code");
  }
  if (!result || (!result.ok && result.reason !== "due")) return expired(c);
  if (accepted.codesLeft !== undefined && !pending.isBearer) {
    const count = accepted.codesLeft;
    const areFew = count <= fewRecoveryCodes;
    flash(c, areFew ? "warning" : "info", message(messages, areFew ? "codesLeftFlash" : "codeUsedFlash", { count }));
  }
  return completeSignIn(c, result, pending);
}

/** Rolls the transaction back: a recovery code that logs nobody in is not used up. */
class SignInEndedError extends Error {
  override name = "SignInEndedError";
}

async function unlessEnded<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof SignInEndedError) return undefined;
    throw error;
  }
}

/** Only methods that are due count: a code of another factor changes nothing. */
async function accept(
  tx: Transaction,
  { user, accepted }: Pick<PendingSignIn, "user" | "accepted">,
  typed: TypedCode | undefined,
): Promise<Accepted> {
  if (!typed || !accepted.includes(typed.method)) return { ok: false };
  if (typed.method === "totp") {
    const result = await acceptTotp(tx, user.id, typed.code);
    if (result.ok) return { ok: true, method: "totp", factor: result.id };
    return result.reason === "clock" ? { ok: false, minutesOff: result.minutesOff } : { ok: false, isUsed: result.reason === "used" };
  }
  if (!(await acceptRecoveryCode(tx, user.id, typed.code))) return { ok: false };
  return { ok: true, method: "recovery-code", factor: recoveryCodesId, codesLeft: await countRecoveryCodes(tx, user.id) };
}

function wrongCode({ minutesOff, isUsed = false }: Accepted & { readonly ok: false }, name: string): FormError {
  return minutesOff === undefined
    ? { status: 401, code: "wrong-code", problems: { [name]: message(messages, isUsed ? "usedCode" : "wrongCode") } }
    : { status: 401, code: "wrong-clock", problems: { [name]: message(messages, "clock", { count: minutesOff }) } };
}

/** Only of codes that can be guessed. */
function longLimitOf({ settings }: Services, typed: TypedCode | undefined): LongLimit | undefined {
  return typed?.isUnguessable === false ? { name: longLimit, budget: settings.twoFactorCodes } : undefined;
}

/** Past the longer limit, another factor still works. */
function tooManyCodes(retryAfterSeconds: number): FormError {
  const refused = tooManyAttempts(retryAfterSeconds);
  if (retryAfterSeconds <= hourSeconds) return refused;
  return { ...refused, message: message(messages, "tooManyCodes", { count: Math.ceil(retryAfterSeconds / hourSeconds) }) };
}

interface Told extends Pick<LimitedCodes, "isAfterPassword" | "where"> {
  readonly user: AccountRow;
}

/** Tells the owner once that the longer limit is reached. Returns false before that. */
async function notifyOfLimit(c: Context, { user, isAfterPassword, where }: Told, attempt: Reservation): Promise<boolean> {
  if (!isSpent(attempt, longLimit)) return false;
  const info = requestInfo(c);
  const { twoFactorCodes } = c.get("s").settings;
  const count = hitsOf(attempt, longLimit);
  const until = attempt.counted.find(({ budget }) => budget.startsWith(`${longLimit}:`))?.resetsAt ?? 0;
  await inTransaction({ ...c.get("s"), atCommit: undefined }, async (tx) => {
    const limit = { name: "two-factor-limit-notice", of: `${where} ${user.id}`, budget: { count: 1, perMs: twoFactorCodes.perMs } };
    if (await tryConsume(tx, limit)) await sendLimitNotice(tx, user, info, { count, until, where, isAfterPassword });
  });
  return true;
}

/** Counts a wrong code in a browser that has not passed the second step before. */
async function isThirdOfDay(s: Services, { id }: AccountRow): Promise<boolean> {
  const ofDay = { name: "two-factor-wrong", of: id, budget: { count: noticeAfter, perMs: 24 * 3_600_000 } };
  const counted = await reserve({ ...s, atCommit: undefined }, [ofDay]);
  return counted.ok && isSpent(counted, ofDay.name);
}

interface Failures {
  /** Within an hour. */
  readonly count: number;
  /** Stolen password: its thief may guess so slowly that an hour never has three (ASVS 6.3.5). */
  readonly isThirdToday: boolean;
}

/** At most once an hour: an attacker who tries for days must not fill the inbox. */
async function notifyOfFailures(c: Context, { user, methods }: PendingSignIn, { count, isThirdToday }: Failures): Promise<void> {
  if (count < noticeAfter && !isThirdToday) return;
  const info = requestInfo(c);
  const failed = { count: Math.max(count, noticeAfter), isAfterPassword: methods.includes("password") };
  await inTransaction({ ...c.get("s"), atCommit: undefined }, async (tx) => {
    const limit = { name: "two-factor-notice", of: user.id, budget: { count: 1, perMs: 3_600_000 } };
    if (await tryConsume(tx, limit)) await sendFailedNotice(tx, user, info, failed);
  });
}

/** Re-authentication by a code of an authenticator app, or by a recovery code: a trusted browser never asks a user who has lost the phone for one. */
export async function verifyCode(c: Context, typed: unknown): Promise<Verified> {
  const { user } = requireVisitor(c);
  const s = c.get("s");
  const account = await findUserById(s, user.id);
  if (!account) return { ok: false, refusal: wrongCode({ ok: false }, reauthenticationField) };
  const code = readCode(typeof typed === "string" ? typed : "");
  const long = longLimitOf(s, code);
  const attempt = await reserve(s, long ? [{ ...long, of: `reauthentication ${user.id}` }] : []);
  if (!attempt.ok) return { ok: false, refusal: tooManyCodes(attempt.retryAfterSeconds) };
  const checking = inTransaction({ ...s, atCommit: undefined }, async (tx) => {
    const accepted = await accept(tx, { user: account, accepted: ["totp", "recovery-code"] }, code);
    if (accepted.ok && accepted.codesLeft !== undefined) await recordUsedRecoveryCode(tx, account, requestInfo(c), accepted.codesLeft);
    return accepted;
  });
  const proven = await withReservation(s, attempt, checking);
  if (proven.ok) await release(s, attempt);
  else await notifyOfLimit(c, { user: account, isAfterPassword: false, where: "session" }, attempt);
  return proven.ok
    ? { ok: true, methods: [proven.method], factor: proven.factor }
    : { ok: false, refusal: wrongCode(proven, reauthenticationField) };
}

export async function stepPage(c: Context, form: FormState): Promise<Page | Response> {
  const pending = await findPendingSignIn(c.get("s"), stepName, pendingSignIn(c));
  if (!pending) return expired(c);
  const { accepted } = pending;
  const t = translator(c, messages);
  const [hasTotp, hasRecovery] = [accepted.includes("totp"), accepted.includes("recovery-code")];
  const prompts = await otherPrompts(c, accepted);
  const label = hasTotp ? t(hasRecovery ? "codeOrRecoveryLabel" : "codeLabel") : t("recoveryLabel");
  const codeForm =
    hasTotp || hasRecovery
      ? postForm({
          action: "/login/two-factor",
          csrfToken: form.csrfToken,
          ...(prompts.length > 0 ? { id: formId, isSecondary: true } : {}),
          button: t("continue"),
          // A recovery code has letters, so the field has the usual keyboard.
          body: html`${field({
            name: "code",
            label,
            type: "text",
            autocomplete: "one-time-code",
            problem: form.problems["code"],
            isFocused: prompts.length === 0,
          })}
${prompts.length > 0 ? "" : trustCheckbox(c)}`,
        })
      : "";
  return {
    title: t("title"),
    width: "narrow",
    // A login from another app leads back to it.
    formTargets: guardedOrigins(c.get("s").settings),
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    json: { methods: accepted, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${intro(c, accepted, prompts.length)}
${prompts.length > 0 ? trustCheckbox(c, formId) : ""}
${prompts}
${codeForm}
${otherWays(c, hasTotp && hasRecovery)}`,
  };
}

/** Buttons of passkeys are shown by a script: without it, the page speaks of the field alone. */
function intro(c: Context, accepted: readonly Method[], prompts: number): Html {
  const t = translator(c, messages);
  const field = accepted.includes("totp") ? "stepIntro" : accepted.includes("recovery-code") ? "stepRecoveryOnly" : undefined;
  const text = field === undefined ? undefined : html`<p>${t(field)}</p>`;
  if (prompts === 0) return text ?? html``;
  const withButton = t(field === undefined && prompts === 1 ? "stepPasskey" : "stepOther");
  return html`<p data-passkeys-only hidden>${withButton}</p>
${
  text === undefined
    ? ""
    : html`<div data-passkeys-missing>${text}</div>
`
}${passkeysMissing(c)}`;
}

/** What other features show for their methods, such as the button of passkeys. */
async function otherPrompts(c: Context, accepted: readonly Method[]): Promise<Html[]> {
  const shown = await Promise.all(c.get("site").secondFactorPrompts.map((prompt) => prompt(c, accepted)));
  return shown.filter((each) => each !== undefined);
}

function otherWays(c: Context, hasRecovery: boolean): Html {
  const t = translator(c, messages);
  const { contactUrl, siteName } = c.get("s").settings;
  const contact =
    contactUrl === undefined ? t("askSite", { siteName }) : t("getHelp", { link: html`<a href="${contactUrl}">${t("contact")}</a>` });
  const recovery = pageWith(c.get("s"), "lost-factors");
  return html`<details><summary>${t("anotherWay")}</summary>
${hasRecovery ? html`<p>${t("useRecovery")}</p>` : ""}
<p>${recovery === undefined ? contact : html`<a href="${at(recovery)}">${t("cantUse")}</a>`}</p>
<p><a href="${at("/login?switch=1")}">${t("logInAsOther")}</a></p>
</details>`;
}

/** After ten minutes or five tries, or in a tab whose login was finished in another. */
function expired(c: Context): Response {
  const t = translator(c, messages);
  const page: Page = {
    title: t("expiredTitle"),
    width: "narrow",
    hasErrors: true,
    json: { error: { code: "dead-sign-in", message: t("expired") } },
    body: html`<h1>${t("expiredTitle")}</h1>
<p>${t("expiredIntro")}</p>
<p class="actions"><a class="button" href="${at(loginPath(c))}">${t("logIn")}</a></p>`,
  };
  return answerPage(c, page, 410);
}
