/** Signs up where the email must be verified first. */
import { createUser, type NewUser } from "../../../core/account/create-account.ts";
import { finishSignUpToken, isNameTaken, isUnfinished, releaseUnprovenEmail, verifyEmailToken } from "../../../core/account/unverified.ts";
import { sendVerificationEmail } from "../../../core/account/verification-email.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { lockMailbox, mayVerify } from "../../../core/mail/email-limits.ts";
import { emailWords, sendEmail, siteUrl } from "../../../core/mail/emails.ts";
import { issueToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, pageWith, recoveryPath, type Transaction } from "../../../core/services.ts";
import { findUserByEmail, type UserRow } from "../../../core/users/users.ts";
import type { Context, FormError } from "../../../http/context.ts";
import { usernameTaken } from "../../../http/forms/username-problems.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { readLinkToken } from "../../../http/request/link-token.ts";
import { type PendingVerification, startVerification } from "../../../http/request/pending-verification.ts";
import { withNext } from "../../../http/request/return-url.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { messages } from "./signup.messages.ts";

const nameTaken: FormError = { status: 409, code: "taken", problems: { username: usernameTaken } };

/**
 * Account enumeration: an email is sent in any case, to verify a new email or to notify the owner of a known one (ASVS 6.3.8). Usernames are
 * public, so a taken one is an error.
 */
export async function signUpWithVerification(c: Context, newUser: NewUser, next: string | undefined): Promise<Response | FormError> {
  const s = c.get("s");
  // Checked before the email is counted: taken usernames must not use up the limit of emails.
  if (await isNameTaken(s, newUser.username)) return nameTaken;
  const mayWrite = await mayVerify(s, requestInfo(c), newUser.email);
  const verification = startVerification(c, newUser);
  const done = await inTransaction(s, (tx) =>
    createOrNotify(c, tx, { newUser: { ...newUser, id: verification.userId }, verification, mayWrite }),
  );
  if (!done) return nameTaken;
  if (wantsJson(c)) return answerJson(c, { status: "check-email" }, 202);
  return redirect(c, withNext(s.settings, pageWith(s, "email-verification") ?? loginPath(c), next));
}

interface SignupAttempt {
  readonly newUser: NewUser;
  readonly verification: PendingVerification;
  readonly mayWrite: boolean;
}

/**
 * Pre-registration hijack: an unverified account never keeps an email from its owner, so the newest sign-up replaces it (CVE-2026-53516).
 * One whose inbox is proven stays; with the code, its owner continues it in this browser.
 */
async function createOrNotify(c: Context, tx: Transaction, { newUser, verification, mayWrite }: SignupAttempt): Promise<boolean> {
  const info = requestInfo(c);
  // Race: serialises sign-ups with one email, so that each sees the account of the one before.
  await lockMailbox(tx, newUser.email);
  if (await isNameTaken(tx, newUser.username)) return false;
  await releaseUnprovenEmail(tx, newUser.email, readLinkToken(c, finishSignUpToken));
  const owner = await findUserByEmail(tx, newUser.email);
  const made = await createUser(tx, { ...newUser, mustVerify: true });
  await recordEvent(tx, made.ok ? made.user.id : (owner?.id ?? null), made.ok ? "signed-up" : "signup-tried", info);
  if (!mayWrite) return true;
  const unverified = made.ok ? made.user : owner && isUnfinished(owner) ? owner : undefined;
  if (unverified || !owner) await sendVerificationEmail(tx, unverified, { ...verification, info });
  else await notifyOwner(tx, owner, { ...verification, info });
  return true;
}

interface Requested {
  readonly secret: string;
  readonly info: RequestInfo;
}

async function notifyOwner(tx: Transaction, owner: UserRow, { secret, info }: Requested): Promise<void> {
  const { siteName } = tx.settings;
  const recovery = recoveryPath(tx);
  const t = emailWords(tx, messages, { to: owner, info });
  // Account enumeration: a token without a user, so that a known email costs what a new one does (ASVS 6.3.8).
  await issueToken(tx, { purpose: verifyEmailToken, userId: "", email: owner.email, browser: secret });
  const content = {
    kind: "signup-tried",
    subject: t("email.subject", { siteName }),
    paragraphs: [t("email.intro", { siteName })],
    action: { text: t("email.action"), url: siteUrl(tx, "/login") },
    footer: recovery === undefined ? undefined : { text: t("email.forgot"), url: siteUrl(tx, recovery) },
    reason: t("email.reason", { siteName }),
  };
  await sendEmail(tx, owner, content, info);
}
