/** Signing up where the address must be confirmed first: the answer is the same whether the address has an account or not. */

import { createUser, type NewUser } from "../../../core/account/create-account.ts";
import { isNameTaken, releaseUnverifiedEmail, verifyEmailToken } from "../../../core/account/unverified.ts";
import { sendVerificationEmail } from "../../../core/account/verification-email.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { lockMailbox, mayVerify } from "../../../core/mail/email-limits.ts";
import { sendEmail, siteUrl } from "../../../core/mail/emails.ts";
import { issueToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction, recoveryPath, type Transaction } from "../../../core/services.ts";
import { findUserByEmail, type UserRow } from "../../../core/users/users.ts";
import type { Context, FormError } from "../../../http/context.ts";
import { type PendingVerification, startVerification } from "../../../http/request/pending-verification.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { usernameTaken } from "../../../http/username-words.ts";

const nameTaken: FormError = { status: 409, code: "taken", problems: { username: usernameTaken } };

/** A letter goes out in any case: to confirm a new address, or to tell the owner of a known one. Names are public, so a taken one is told. */
export async function signUpUnseen(c: Context, newUser: NewUser): Promise<Response | FormError> {
  const s = c.get("s");
  // Before the letter is counted, or five names that are taken would leave none for the sixth, which is free.
  if (await isNameTaken(s, newUser.username)) return nameTaken;
  const mayWrite = await mayVerify(s, requestInfo(c), newUser.email);
  const asking = startVerification(c, newUser);
  const done = await inTransaction(s, (tx) => signUpOrTell(c, tx, { newUser: { ...newUser, id: asking.userId }, asking, mayWrite }));
  if (!done) return nameTaken;
  return wantsJson(c) ? answerJson(c, { status: "check-mail" }, 202) : redirect(c, "/verify-email");
}

interface Wish {
  readonly newUser: NewUser;
  readonly asking: PendingVerification;
  readonly mayWrite: boolean;
}

/**
 * Whoever proves that the mailbox is theirs wins over those who only typed its address, so the newest may try (CVE-2026-53516).
 * Nothing that was there before is touched where the name is taken.
 */
async function signUpOrTell(c: Context, tx: Transaction, { newUser, asking, mayWrite }: Wish): Promise<boolean> {
  // Of many at once, each sees what the one before it has made: who only typed the address owns nothing that could be written to.
  await lockMailbox(tx, newUser.email);
  if (await isNameTaken(tx, newUser.username)) return false;
  await releaseUnverifiedEmail(tx, newUser.email);
  const owner = await findUserByEmail(tx, newUser.email);
  const made = await createUser(tx, { ...newUser, mustConfirm: true });
  await recordEvent(tx, made.ok ? made.user.id : (owner?.id ?? null), made.ok ? "signed-up" : "signup-tried", requestInfo(c));
  if (!mayWrite) return true;
  if (made.ok || !owner) await sendVerificationEmail(tx, made.ok ? made.user : undefined, asking);
  else await tellOwner(tx, owner, asking);
  return true;
}

async function tellOwner(tx: Transaction, owner: UserRow, { secret }: PendingVerification): Promise<void> {
  const { siteName } = tx.settings;
  const recovery = recoveryPath(tx);
  // For nobody, so that a known address costs what a new one does (ASVS 6.3.8).
  await issueToken(tx, { purpose: verifyEmailToken, userId: "", email: owner.email, browser: secret });
  await sendEmail(tx, owner, {
    kind: "signup-tried",
    subject: `You already have an account at ${siteName}`,
    paragraphs: [
      `Somebody, perhaps you, tried to sign up at ${siteName} with this address. It has an account already, so no second one was made, and nothing was changed.`,
    ],
    action: { text: "Log in", url: siteUrl(tx, "/login") },
    after: [
      ...(recovery === undefined ? [] : [`If you do not know your password any more, choose a new one at ${siteUrl(tx, recovery)}`]),
      "If it was not you, you need not do anything.",
    ],
  });
}
