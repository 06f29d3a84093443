/** Takes an unverified email away from an account, for its owner. */
import { randomBytes } from "node:crypto";
import { changeCredentials, type GuardedAccount } from "../credentials/guard-change.ts";
import { emailKey } from "../mail/email-key.ts";
import { isLostEmail, lostEmailHost } from "../mail/lost-email.ts";
import { endTokensAfter } from "../one-time-tokens/one-time-tokens.ts";
import type { Transaction } from "../services.ts";

/**
 * Gives the account a placeholder instead. Account squatting: whoever typed the email first has not proven it, and its owner has. The account
 * keeps its other credentials, because nothing in it belongs to the owner of the email.
 */
export async function takeEmailAway(tx: Transaction, account: GuardedAccount): Promise<void> {
  if (account.email_verified_at !== null || isLostEmail(account.email)) throw new Error("A verified email is never taken away.");
  // Random: a predictable one could be registered before.
  const email = `${randomBytes(16).toString("hex")}@${lostEmailHost}`;
  await changeCredentials(tx, account, { email, email_key: emailKey(email) });
  await endTokensAfter(tx, account.id, "email-change");
}
