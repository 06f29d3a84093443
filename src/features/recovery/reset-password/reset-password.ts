/** Resets a forgotten password by an emailed link. */

import { z } from "zod";
import { clearCompromise } from "../../../core/account/compromise.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { setPassword } from "../../../core/credentials/password/set.ts";
import { removeUnprovenFactors, removeUnprovenLogins } from "../../../core/credentials/remove-unproven-factors.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { emailResetOf } from "../../../core/credentials/ways-back.ts";
import { mayReset, reserveCodeAttempt, reserveEmail } from "../../../core/mail/email-limits.ts";
import { emailWords, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import { findToken, lockToken, redeemToken, type TokenRow } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { release, withReservation } from "../../../core/rate-limits/rate-limits.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, type Services, type Transaction } from "../../../core/services.ts";
import { recordWrongProof, reserveProof } from "../../../core/sign-in/proof-limit.ts";
import { type AccountRow, findUserByEmail, findUserById, markEmailVerified } from "../../../core/users/users.ts";
import type { Context, FormError } from "../../../http/context.ts";
import { emailProblemMessage } from "../../../http/forms/email-problems.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { breachedProblem, type NewPassword, newPasswordProblems, newPasswordShape } from "../../../http/forms/new-password.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { rememberDevice } from "../../../http/request/known-device.ts";
import { clearLinkToken, readLinkToken, requireSameEmail } from "../../../http/request/link-token.ts";
import { readPendingVerifications } from "../../../http/request/pending-verification.ts";
import { withNext } from "../../../http/request/return-url.ts";
import { readTypedLogin, rememberTypedLogin } from "../../../http/request/typed-login.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, answerPage, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, type MessageReference, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Feature } from "../../feature.ts";
import { type FoundReset, resetToken, sendResetEmail } from "./reset-email.ts";
import { messages } from "./reset-password.messages.ts";
import { askPage, choosePage, deadResetLink, sentPage } from "./reset-password.pages.ts";

/** Loaded where an account has given up its password, and not at the start. */
const recoveryCodes = () => import("../../../core/two-factor/recovery-codes.ts");

const sentPath = "/reset-password/sent";

interface NewPasswordData extends NewPassword {
  /** JSON clients send the token of the link; a browser that opened the link has it in a cookie. */
  readonly token?: string | undefined;
  /** For an account that has given up its password. */
  readonly recovery_code: string;
}

export const resetPassword: Feature = {
  name: "reset-password",
  messages: [messages],
  translations: [{ de: () => import("./reset-password.messages.de.ts"), ar: () => import("./reset-password.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: { "password-reset-link": { expiresWith: resetToken }, "password-reset": {} },
  tokens: [resetToken],
  accountRecovery: { path: "/reset-password", isAvailable: canReset, sendEmail: sendResetEmail },
  signInOption: { path: () => "/reset-password", leadsBack: true, isOffered: canReset, link: message(messages, "option.link") },
  openapi: {
    "/reset-password": {
      post: {
        summary: "Request a password reset email; the response is the same for every email",
        status: 202,
        response: schema.checkMail,
        example: { email: "ada@example.com" },
      },
    },
    "/reset-password/choose": {
      post: {
        summary: "Choose a new password with the token of a reset link",
        response: schema.object({ changed: schema.yes }),
        example: { token: "{reset-password}", password: "nine grey herons", confirm_password: "nine grey herons" },
      },
    },
  },
  routes: (app, s) => {
    if (!canReset(s)) return;
    app.form("/reset-password", {
      access: "public",
      fields: z.object({
        email: z.string().default("").transform(trimTyped),
        next: z.string().optional(),
      }),
      keep: ["email", "next"],
      show: askPage,
      submit: ask,
    });
    app.page(sentPath, sentPage, { access: "public" });
    app.form("/reset-password/choose", {
      access: "public",
      fields: z.object({ ...newPasswordShape(s), token: z.string().optional(), recovery_code: z.string().default("") }),
      keep: [],
      show: async (c, form) => {
        const found = await findReset(c.get("s"), readLinkToken(c, resetToken));
        return found ? choosePage(c, form, found) : answerPage(c, deadResetLink(c), 410);
      },
      submit: async (c, typed) => requireSameEmail(c, resetToken) ?? (await choose(c, typed)),
    });
  },
};

/** Without SMTP no reset email can be sent, and with `PASSWORDS=off` there is nothing to reset: the routes don't exist. */
function canReset(s: Services): boolean {
  return s.settings.passwords === "on" && canSendEmail(s);
}

/** Account enumeration: the same text, status, headers and statements for every email (ASVS 6.3.8). */
async function ask(
  c: Context,
  { email, next }: { readonly email: string; readonly next?: string | undefined },
): Promise<Response | FormError> {
  const problem = emailProblemMessage(email);
  if (problem) return { status: 422, code: "invalid", problems: { email: problem } };
  const s = c.get("s");
  const info = requestInfo(c);
  const attempt = await reserveEmail(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const maySend = await mayReset(s, info, email, await findUserByEmail(s, email));
  await inTransaction(s, async (tx) => {
    const user = await findUserByEmail(tx, email);
    await recordEvent(tx, user?.id ?? null, "password-reset-requested", info);
    // Account takeover by inbox: an account that has given up its password is treated as an unknown one.
    const reset = await emailResetOf(tx, user);
    if (maySend) await sendResetEmail(tx, reset === "none" ? undefined : user, info);
  });
  if (wantsJson(c)) return answerJson(c, { status: "check-email" }, 202);
  rememberTypedLogin(c, { email, next });
  return redirect(c, sentPath);
}

async function choose(c: Context, typed: NewPasswordData): Promise<Response | FormError> {
  const s = c.get("s");
  const info = requestInfo(c);
  const attempt = await reserveCodeAttempt(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const token = typed.token ?? readLinkToken(c, resetToken);
  const found = await findReset(s, token);
  if (!found) return answerPage(c, deadResetLink(c), 410);
  const { user } = found;
  const problems: Record<string, MessageReference> = await newPasswordProblems(s, typed, {
    contextWords: [user.username, user.email, user.display_name ?? ""],
    purpose: "replace",
  });
  const recoveryCode = found.needsRecoveryCode ? (await recoveryCodes()).readRecoveryCode(typed.recovery_code) : undefined;
  if (found.needsRecoveryCode && recoveryCode === undefined) problems["recovery_code"] = message(messages, "enterRecoveryCode");
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  const breached = await breachedProblem(c, typed.password);
  if (breached) return breached;
  // Guessing by whoever reads the inbox: over all links and networks, because imported codes may be short (ASVS 6.6.3).
  const guess = recoveryCode === undefined ? undefined : await reserveProof(s, `reset ${user.id}`);
  if (guess && !guess.ok) return tooManyAttempts(guess.retryAfterSeconds);
  const queueOwner = { account: `reset ${user.id}`, network: info.network };
  const passwordHash = await withReservation(s, attempt, hashPassword(s, typed.password, queueOwner));
  const keepsFactors = hasSignedUpHere(c, user.id);
  const changed = await inTransaction(s, (tx) => redeem(tx, { token, passwordHash, recoveryCode, keepsFactors, info }));
  if (changed === "wrong-code") {
    if (guess) await recordWrongProof(s, info, { userId: user.id, event: "reauthentication-failed", attempt: guess });
    return { status: 422, code: "invalid", problems: { recovery_code: message(messages, "wrongRecoveryCode") } };
  }
  if (guess) await release(s, guess);
  clearLinkToken(c, resetToken);
  if (!changed) return answerPage(c, deadResetLink(c), 410);
  // Known device: the login that follows is expected, and the notice of the reset has told of it.
  const owner = await findUserById(s, user.id);
  if (owner) rememberDevice(c, owner, { byEmail: true });
  if (wantsJson(c)) return answerJson(c, { changed: true });
  const next = readTypedLogin(c)?.next;
  rememberTypedLogin(c, { email: user.email, username: user.username });
  flash(c, "success", message(messages, "changed"));
  return redirect(c, withNext(s.settings, loginPath(c), next));
}

/** Whether this browser created the account, so that its factors are not a stranger's. */
function hasSignedUpHere(c: Context, userId: string): boolean {
  return readPendingVerifications(c).some((each) => each.isRequested && each.userId === userId);
}

interface Reset {
  readonly token: string | undefined;
  readonly passwordHash: string;
  /** As read; undefined if none was asked for. */
  readonly recoveryCode: string | undefined;
  readonly keepsFactors: boolean;
  readonly info: RequestInfo;
}

/** In one transaction: redeems the link, sets the password, revokes all access and verifies the email. Starts no session. */
async function redeem(tx: Transaction, { token, passwordHash, recoveryCode, keepsFactors, info }: Reset): Promise<boolean | "wrong-code"> {
  const row = await lockToken(tx, resetToken, token);
  const user = row && (await lockAccount(tx, row.user_id));
  if (!row || user?.email !== row.email) return false;
  // Race: read again behind the row lock, since the password may have been given up after the page was shown.
  const needsCode = await needsRecoveryCode(tx, row, user);
  if (needsCode) {
    if (recoveryCode === undefined || !(await (await recoveryCodes()).acceptRecoveryCode(tx, user.id, recoveryCode))) return "wrong-code";
    await recordEvent(tx, user.id, "recovery-code-used", info);
  }
  await redeemToken(tx, resetToken, token);
  const hasRemoved = user.email_verified_at === null && !keepsFactors && (await removeUnprovenFactors(tx, user));
  if (hasRemoved) await recordEvent(tx, user.id, "unproven-factors-removed", info);
  await setPassword(tx, user, passwordHash, { byEmail: !needsCode });
  // Pre-registration hijack: whoever typed this email first may have linked a login of their own.
  if (user.email_verified_at === null) await removeUnprovenLogins(tx, user, info);
  await revokeAllAccess(tx, user.id);
  await markEmailVerified(tx, user.id, user.email);
  await clearCompromise(tx, user.id);
  await recordEvent(tx, user.id, "password-reset", info);
  const t = emailWords(tx, messages, { to: user, info });
  await sendSecurityNotice(tx, user, info, {
    kind: "password-reset",
    subject: t("email.changed.subject"),
    paragraphs: [t("email.changed.intro", { siteName: tx.settings.siteName }), ...(hasRemoved ? [t("email.changed.removed")] : [])],
  });
  return true;
}

/** The account of a link; undefined if its email has changed since the link was sent, or if it has given up its password since. */
async function findReset(s: Services, token: string | undefined): Promise<FoundReset | undefined> {
  const row = await findToken(s, resetToken, token);
  const user = row && (await findUserById(s, row.user_id));
  if (!row || user?.email !== row.email) return undefined;
  return { user, needsRecoveryCode: await needsRecoveryCode(s, row, user) };
}

/** Account takeover by inbox: the link alone gives no password to an account that has given up its own, unless its owner asked for it. */
async function needsRecoveryCode(s: Services, { payload }: TokenRow, user: AccountRow): Promise<boolean> {
  return payload !== "owner" && (await emailResetOf(s, user)) !== "allowed";
}
