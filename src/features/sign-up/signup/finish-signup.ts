/** Finishes a sign-up without a password: creates its passkey, and logs the user in. */

import { finishSignUpToken } from "../../../core/account/unverified.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { findToken, redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { addPasskey, methodOf, type NewPasskey } from "../../../core/passkeys/passkeys.ts";
import { finishCreation, startCreation } from "../../../core/passkeys/registration.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import type { Method } from "../../../core/sessions/methods.ts";
import { type SignInResult, signIn } from "../../../core/sign-in/sign-in.ts";
import { type AccountRow, findUserById, markEmailVerified } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { deadLinkPage } from "../../../http/forms/dead-link.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { nextField } from "../../../http/forms/next-field.ts";
import { answerOptions, ceremonySecret, relyingParty, startCeremony } from "../../../http/forms/passkey-ceremony.ts";
import { passkeyPrompt, passkeysMissing } from "../../../http/forms/passkey-prompt.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { clearLinkToken, readLinkToken } from "../../../http/request/link-token.ts";
import { translator } from "../../../http/request/locale.ts";
import { endVerification } from "../../../http/request/pending-verification.ts";
import { guardedOrigins } from "../../../http/request/return-url.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerPage } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./passkey-signup.messages.ts";
import { createPath, optionsPath, signsInByEmail } from "./passkey-signup.ts";

/** The account of this browser's sign-up, whose email is proven; undefined after half an hour. */
async function findUnfinished(c: Context): Promise<{ readonly user: AccountRow; readonly token: string } | undefined> {
  const s = c.get("s");
  const sent = c.get("body")?.["token"];
  const token = typeof sent === "string" ? sent : readLinkToken(c, finishSignUpToken);
  const row = await findToken(s, finishSignUpToken, token);
  const user = row && (await findUserById(s, row.user_id));
  return token !== undefined && user !== undefined && user.email === row?.email ? { user, token } : undefined;
}

/** Answers with options for `navigator.credentials.create`. */
export async function creationOptions(c: Context): Promise<Response> {
  const s = c.get("s");
  const unfinished = await findUnfinished(c);
  if (!unfinished) return answerPage(c, deadSignUp(c), 410);
  const { user } = unfinished;
  const started = startCeremony(c);
  const ceremony = { purpose: "sign-up", browser: started.browser, userId: user.id } as const;
  const shown = { name: s.settings.loginWith === "username" ? user.username : user.email, displayName: user.username };
  return answerOptions(c, await startCreation(s, relyingParty(c), ceremony, shown), started);
}

export async function createPage(c: Context, form: FormState): Promise<Page | Response> {
  const unfinished = await findUnfinished(c);
  if (!unfinished) return answerPage(c, deadSignUp(c), 410);
  const t = translator(c, messages);
  const prompt = passkeyPrompt(c, { kind: "create", options: optionsPath, button: t("createButton"), isPrimary: true });
  return {
    title: t("createTitle"),
    width: "narrow",
    // A sign-up for another app leads back to it.
    formTargets: guardedOrigins(c.get("s").settings),
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("createTitle")}</h1>
<p>${t("createIntro")}</p>
${passkeysMissing(c)}
<form method="post" action="${at(createPath)}">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">${nextField(c, form)}
${prompt}
</form>
${signsInByEmail(c.get("s")) ? skipForm(c, form) : ""}`,
  };
}

function skipForm(c: Context, form: FormState): Html {
  const t = translator(c, messages);
  return html`<form method="post" action="${at(createPath)}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">${nextField(c, form)}
<p class="hint">${t("skipHint")}</p>
<button type="submit" name="skip" value="1" class="wide-button secondary">${t("skip")}</button>
</form>`;
}

interface Created {
  readonly new_passkey?: unknown;
  readonly skip?: string | undefined;
  readonly next?: string | undefined;
}

export async function create(c: Context, { new_passkey: sent, skip, next }: Created): Promise<Response | FormError> {
  const s = c.get("s");
  const attempt = await reserveCodeAttempt(s, requestInfo(c));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const unfinished = await findUnfinished(c);
  if (!unfinished) return answerPage(c, deadSignUp(c), 410);
  const { user, token } = unfinished;
  if (skip !== undefined && signsInByEmail(s)) return complete(c, { user, token, next });
  if (sent === undefined || sent === "") return { status: 422, code: "invalid", message: message(messages, "notSent") };
  const ceremony = { purpose: "sign-up", browser: ceremonySecret(c), userId: user.id } as const;
  const fallbackName = translator(c, messages)("passkeyName");
  const created = await finishCreation(s, relyingParty(c), ceremony, { response: sent, fallbackName });
  if (!created.ok) return { status: 422, code: `passkey-${created.reason}`, message: message(messages, created.reason) };
  return complete(c, { user, token, passkey: created.passkey, next });
}

interface Completed {
  readonly user: AccountRow;
  readonly token: string;
  /** Undefined for a sign-up whose user logs in by email. */
  readonly passkey?: NewPasskey;
  readonly next?: string | undefined;
}

class PasskeyTakenError extends Error {
  override name = "PasskeyTakenError";
}

async function complete(c: Context, completed: Completed): Promise<Response | FormError> {
  const s = c.get("s");
  const result = await inTransaction(s, (tx) => finish(c, tx, completed)).catch((error: unknown) => {
    if (error instanceof PasskeyTakenError) return "taken" as const;
    throw error;
  });
  // A credential of another account; the browser was told of none, so it cannot exclude it.
  if (result === "taken") return { status: 409, code: "taken", message: message(messages, "taken") };
  clearLinkToken(c, finishSignUpToken);
  endVerification(c);
  if (!result || (!result.ok && result.reason !== "due")) return answerPage(c, deadSignUp(c), 410);
  const { username: wanted } = completed.user;
  if (result.ok && result.user.username !== wanted)
    flash(c, "info", message(messages, "usernameTaken", { wanted, username: result.user.username }));
  return completeSignIn(c, result, { isSignUp: true, next: completed.next });
}

/** One transaction: there is no moment at which the account is verified and has no way in. */
async function finish(c: Context, tx: Transaction, { user, token, passkey }: Completed): Promise<SignInResult | undefined> {
  const info = requestInfo(c);
  const row = await redeemToken(tx, finishSignUpToken, token);
  const account = row && (await lockAccount(tx, row.user_id));
  // Race: another sign-up with this email, or its verification, came first.
  if (!row || account?.id !== user.id || account.must_verify_since === null || account.password_hash !== null) return undefined;
  if (!(await markEmailVerified(tx, account.id, row.email))) return undefined;
  await recordEvent(tx, account.id, "email-verified", info);
  const byEmail: Method = row.payload === "email-link" ? "email-link" : "email-code";
  const methods: [Method, ...Method[]] = passkey
    ? [methodOf({ isSyncable: passkey.credential.backupEligible }), "user-verification"]
    : [byEmail];
  if (passkey) {
    const added = await addPasskey(tx, account, passkey);
    if (!added.ok) throw new PasskeyTakenError("Another account has this passkey.");
    await recordEvent(tx, account.id, "passkey-added", info);
  }
  const verified = await findUserById(tx, account.id);
  return verified && signIn(tx, { user: verified, methods }, { remember: false, info, replaces: c.get("visitor")?.session });
}

function deadSignUp(c: Context): Page {
  const t = translator(c, messages);
  return deadLinkPage(c, { problem: t("deadProblem"), intro: t("deadIntro"), actions: [{ path: "/signup", text: t("again") }] });
}
