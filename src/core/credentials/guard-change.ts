/** Guards every change of a credential against concurrent changes. */
import type { Updateable } from "kysely";
import { columns } from "../../db/columns.ts";
import { isUniqueViolation } from "../../db/errors.ts";
import type { Schema } from "../../db/schema.ts";
import { lockRow, updateReturning } from "../../db/statements.ts";
import { endTokensOfEmail } from "../one-time-tokens/one-time-tokens.ts";
import type { Transaction } from "../services.ts";
import type { Visitor } from "../sessions/session.ts";
import { type AccountRow, findUserById, type UserRow } from "../users/users.ts";

/** Columns that can log a user in. A feature with another credential adds its table here: a test then finds every unguarded write. */
export const credentialColumns = {
  users: ["username", "username_key", "email", "email_key", "two_factor_since"],
  passwords: ["user_id", "hash", "scheme"],
  passkeys: ["user_id", "credential_id", "public_key"],
  email_login_choices: ["user_id", "is_off"],
  authenticators: ["user_id", "secret", "confirmed_at"],
  recovery_codes: ["user_id", "code_hash"],
  identities: ["user_id", "issuer", "subject", "confirmed_at"],
} as const satisfies { readonly [Table in keyof Schema]?: readonly (keyof Schema[Table])[] };

declare const guarded: unique symbol;

/** An account whose row this transaction has locked. Functions that write credentials require it, and only the guards below return it. */
export type GuardedAccount = AccountRow & { readonly [guarded]: true };

/** `reported`: the owner has reported a compromise. `changed`: a credential was changed, or the session ended, in the meantime. */
export type CredentialRefusal = "reported" | "changed";

export type GuardedChange =
  | { readonly ok: true; readonly account: GuardedAccount }
  | { readonly ok: false; readonly reason: CredentialRefusal };

/** The account as it was read, and the session that requests the change. */
export interface ActingUser {
  readonly was: AccountRow;
  readonly session: Visitor["session"];
}

/**
 * Call it before a logged-in user changes a credential, and `bumpSecurityVersion` after it. Race conditions: of two concurrent changes,
 * or a change and a reset, one wins (ASVS 15.4.2); while a compromise is reported, an intruder cannot lock the owner out.
 */
export async function guardCredentialChange(tx: Transaction, { was, session }: ActingUser): Promise<GuardedChange> {
  const account = await lockAccount(tx, was.id);
  if (account && account.compromised_at !== null) return { ok: false, reason: "reported" };
  if (account?.security_version !== was.security_version || !(await isSessionAlive(tx, was.id, session)))
    return { ok: false, reason: "changed" };
  return { ok: true, account };
}

/** Locks and reads an account whose change something else authorizes: a redeemed token, an administrator or an import. */
export async function lockAccount(tx: Transaction, userId: string): Promise<GuardedAccount | undefined> {
  await lockRow(tx.db, "users", { where: { id: userId }, select: ["id"] });
  return (await findUserById(tx, userId)) as GuardedAccount | undefined;
}

async function isSessionAlive(tx: Transaction, userId: string, { tokenHash }: ActingUser["session"]): Promise<boolean> {
  const row = await tx.db
    .selectFrom("sessions")
    .select("user_id")
    .where("token_hash", "=", tokenHash)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row !== undefined;
}

/** Race conditions: a login or change that read the account before this fails from now on (ASVS 15.4.2). */
export async function bumpSecurityVersion(tx: Transaction, userId: string): Promise<void> {
  await tx.db
    .updateTable("users")
    .set((column) => ({ security_version: column("security_version", "+", 1) }))
    .where("id", "=", userId)
    .execute();
}

/**
 * Changes columns of `users` and bumps the security version in the same statement. Throws if a unique key is taken. Account takeover by a
 * mistyped email: its inbox was never proven, so the links in it end when the account leaves it.
 */
export async function changeCredentials(tx: Transaction, account: GuardedAccount, set: Updateable<Schema["users"]>): Promise<UserRow> {
  const user = await updateReturning(tx.db, "users", {
    set: (column) => ({ ...set, security_version: column("security_version", "+", 1) }),
    where: { id: account.id },
    returning: columns.users,
  }).executeTakeFirst();
  if (!user) throw new Error("A locked account was deleted within its transaction.");
  if (account.email_verified_at === null && account.email !== user.email) await endTokensOfEmail(tx, account.id, account.email);
  return user;
}

/** The result of a change, or "taken" if another account has the username or email. */
export async function orTaken<T>(change: Promise<T>): Promise<T | { readonly ok: false; readonly reason: "taken" }> {
  try {
    return await change;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return { ok: false, reason: "taken" };
  }
}
