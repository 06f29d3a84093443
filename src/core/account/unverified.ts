/** Manages accounts that wait for email verification. */

import type { ExpressionBuilder } from "kysely";
import type { Schema } from "../../db/schema.ts";
import { deleteReturning } from "../../db/statements.ts";
import { emailKey } from "../mail/email-key.ts";
import { hashToken } from "../one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../one-time-tokens/token-purpose.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { isReleasedName } from "../users/released-usernames.ts";
import { type AccountRow, findUserByName, type UserRow, usernameKey } from "../users/users.ts";
import { eraseTraces } from "./erasure.ts";

type WhereUser = ExpressionBuilder<Schema, "users">;

/** Verifies the email of an account, by the link or the code in one email. */
export const verifyEmailToken: TokenPurpose = {
  name: "verify-email",
  lifetimeMs: 24 * 3_600_000,
  revokedBy: ["email-change"],
};

/** Continues a sign-up without a password, whose email is proven. Only the browser, or the JSON client, that entered the code gets it. */
export const finishSignUpToken: TokenPurpose = { name: "finish-signup", lifetimeMs: 30 * 60_000, revokedBy: ["email-change"] };

const keptForMs = 24 * 3_600_000;

/**
 * Deletes an unverified account with this email, for a caller who has proven the inbox. Account squatting: an unverified signup must not
 * block the owner of the inbox.
 */
export async function releaseUnverifiedEmail(tx: Transaction, email: string): Promise<void> {
  const where = ({ and, eb }: WhereUser) => and([isUnverified(eb), eb("email_key", "=", emailKey(email))]);
  await eraseAll(tx, await deleteReturning(tx.db, "users", { where, returning: ["id"] }).execute());
}

/**
 * {@link releaseUnverifiedEmail} for a sign-up, which has proven nothing. Denial of service: it spares an account whose proven owner finishes
 * the sign-up in another browser than the one with `ownToken`.
 */
export async function releaseUnprovenEmail(tx: Transaction, email: string, ownToken: string | undefined): Promise<void> {
  const where = (user: WhereUser) =>
    user.and([isUnverified(user), user("email_key", "=", emailKey(email)), user.not(isFinishedElsewhere(tx, user, ownToken))]);
  await eraseAll(tx, await deleteReturning(tx.db, "users", { where, returning: ["id"] }).execute());
}

function isFinishedElsewhere(tx: Transaction, { exists, selectFrom }: WhereUser, ownToken: string | undefined) {
  return exists(
    selectFrom("one_time_tokens")
      .select("one_time_tokens.user_id")
      .whereRef("one_time_tokens.user_id", "=", "users.id")
      .where("one_time_tokens.purpose", "=", finishSignUpToken.name)
      .where("one_time_tokens.expires_at", ">", tx.now())
      .where("one_time_tokens.token_hash", "!=", hashToken(ownToken)),
  );
}

/**
 * Whether an account has the username, or had it recently. Account enumeration: unverified accounts have none, since a taken username
 * would reveal that the email typed with it was free (ASVS 6.3.8).
 */
export async function isNameTaken(s: Services, username: string): Promise<boolean> {
  return (await findUserByName(s, username)) !== undefined || (await isReleasedName(s, usernameKey(username)));
}

/** Whether the account is a sign-up without a password: a proven email alone would leave it without a way in. */
export function isUnfinished({ must_verify_since, password_hash }: AccountRow): boolean {
  return must_verify_since !== null && password_hash === null;
}

/** Whether the account is not an unverified signup. */
export function isVerifiedOwner({ must_verify_since }: UserRow): boolean {
  return must_verify_since === null;
}

/** Deletes up to `count` expired unverified accounts. Returns how many. */
export async function removeUnverified(s: Services, count: number): Promise<number> {
  const removed = await inTransaction(s, async (tx) => {
    const deleted = await deleteReturning(tx.db, "users", {
      where: ({ and, eb }) => and([isUnverified(eb), eb("must_verify_since", "<", tx.now() - keptForMs)]),
      orderBy: "must_verify_since",
      limit: count,
      returning: ["id"],
    }).execute();
    if (deleted.length > 0) await eraseAll(tx, deleted);
    return deleted.length;
  });
  if (removed > 0) s.log.info({ removed }, "removed accounts whose email was not verified within a day");
  return removed;
}

/** Matches unverified signups only: imported accounts, and those created under `SIGNUP=open`, have no `must_verify_since`. */
function isUnverified(user: WhereUser) {
  return user("must_verify_since", "is not", null);
}

function eraseAll(tx: Transaction, removed: readonly { id: string }[]): Promise<void> {
  return eraseTraces(
    tx,
    removed.map(({ id }) => id),
  );
}
