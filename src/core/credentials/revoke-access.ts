/** Revokes an account's sessions, tokens and logins in progress. */

import { endTokens } from "../one-time-tokens/one-time-tokens.ts";
import type { Transaction } from "../services.ts";
import { endSessions } from "../sessions/session.ts";
import { endTrust } from "./end-trust.ts";
import { bumpSecurityVersion } from "./guard-change.ts";

/**
 * Call it in the transaction of its cause, such as a password change (ASVS 7.4.3). Account takeover: links sent to earlier emails survive,
 * or an intruder could change the email and reset the password. `since` is when the account last changed away from its current email.
 */
export async function revokeAllAccess(tx: Transaction, userId: string, since?: number): Promise<void> {
  await endSessions(tx, userId);
  await bumpSecurityVersion(tx, userId);
  await endTokens(
    tx,
    userId,
    tx.catalog.tokens.filter(({ survivesRevocation }) => !survivesRevocation),
  );
  const { email, two_factor_since } = await tx.db
    .selectFrom("users")
    .select(["email", "two_factor_since"])
    .where("id", "=", userId)
    .executeTakeFirstOrThrow();
  await endTrust(tx, { id: userId, two_factor_since });
  const kept = tx.catalog.tokens.filter(({ staysInInbox }) => staysInInbox).map(({ name }) => name);
  const from = since ?? (await firstLeft(tx, userId, email)) ?? Number.MAX_SAFE_INTEGER;
  await tx.db
    .deleteFrom("one_time_tokens")
    .where("user_id", "=", userId)
    .where(({ and, eb, or }) =>
      or([
        and([eb("email", "=", email), eb("purpose", "not in", ["", ...kept])]),
        and([eb("email", "!=", email), eb("created_at", ">=", from)]),
      ]),
    )
    .execute();
}

/** When the account first changed away from this email, among the changes that can still be reverted. */
async function firstLeft(tx: Transaction, userId: string, email: string): Promise<number | undefined> {
  const purposes = tx.catalog.tokens.filter(({ marksEmailLeft }) => marksEmailLeft).map(({ name }) => name);
  const row = await tx.db
    .selectFrom("one_time_tokens")
    .select("created_at")
    .where("user_id", "=", userId)
    .where("purpose", "in", ["", ...purposes])
    .where("email", "=", email)
    .orderBy("created_at")
    .executeTakeFirst();
  return row?.created_at;
}
