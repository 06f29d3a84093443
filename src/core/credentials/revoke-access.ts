/** Ends whatever could still open an account: every session and every token in a letter. */

import { endTokens } from "../one-time-tokens/one-time-tokens.ts";
import type { Transaction } from "../services.ts";
import { endSessions } from "../sessions/session.ts";

/**
 * In the transaction of what makes it necessary, so that a thief who was in is out at that moment (ASVS 7.4.3).
 * What lives on is what earlier addresses were sent to take the account back, or a thief could change the address, reset the
 * password through the new one, and so be rid of the owner's link. `since` is when the present address was last left.
 */
export async function revokeAllAccess(tx: Transaction, userId: string, since?: number): Promise<void> {
  await endSessions(tx, userId);
  await endTokens(
    tx,
    userId,
    tx.catalog.tokens.filter(({ survivesRevocation }) => !survivesRevocation),
  );
  const { email } = await tx.db.selectFrom("users").select("email").where("id", "=", userId).executeTakeFirstOrThrow();
  const from = since ?? (await firstLeft(tx, userId, email)) ?? Number.MAX_SAFE_INTEGER;
  await tx.db
    .deleteFrom("one_time_tokens")
    .where("user_id", "=", userId)
    .where((where) => where.or([where("email", "=", email), where("created_at", ">=", from)]))
    .execute();
}

/** When this address was first changed away from, among the changes that can still be undone. */
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
