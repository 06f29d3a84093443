/** Verifies an email by its first login, and removes credentials from before. */
import { recordEvent } from "../../../core/audit/log.ts";
import type { GuardedAccount } from "../../../core/credentials/guard-change.ts";
import { discardPassword } from "../../../core/credentials/password/set.ts";
import { removeUnprovenFactors, removeUnprovenLogins } from "../../../core/credentials/remove-unproven-factors.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { emailWords, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import { type AccountRow, findUserById, markEmailVerified } from "../../../core/users/users.ts";
import { messages } from "./email-login.emails.messages.ts";

interface FirstProof {
  /** Whether this browser has signed up for the account, so that its credentials are not a stranger's. */
  readonly keepsCredentials: boolean;
  readonly info: RequestInfo;
}

/**
 * Pre-registration hijack: whoever created the account before its email was verified may know its password and hold sessions and passkeys, so the
 * first proof of the inbox ends them (GHSA-qq9h-g4jm-xgf3). An account with two-factor authentication never comes here unverified.
 */
export async function verifyFirst(
  tx: Transaction,
  account: GuardedAccount,
  { keepsCredentials, info }: FirstProof,
): Promise<{ readonly user: AccountRow; readonly hasRemoved: boolean }> {
  if (account.email_verified_at !== null) return { user: account, hasRemoved: false };
  let hasRemoved = false;
  if (!keepsCredentials) {
    hasRemoved = (await removeUnprovenFactors(tx, account)) || account.password_hash !== null;
    await discardPassword(tx, account);
    await removeUnprovenLogins(tx, account, info);
    await revokeAllAccess(tx, account.id);
  }
  await markEmailVerified(tx, account.id, account.email);
  if (!keepsCredentials) await recordEvent(tx, account.id, "email-login-first", info);
  const user = (await findUserById(tx, account.id)) ?? account;
  if (hasRemoved) await notify(tx, user, info);
  return { user, hasRemoved };
}

async function notify(tx: Transaction, user: AccountRow, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to: user, info });
  const { siteName, passwords } = tx.settings;
  await sendSecurityNotice(tx, user, info, {
    kind: "email-login-first",
    subject: t("email.first.subject"),
    paragraphs: [t("email.first.intro", { siteName, passwords })],
  });
}
