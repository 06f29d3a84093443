/** The one way to change what opens an account: its password, its address, its user name. */

import type { Updateable } from "kysely";
import { columns } from "../../db/columns.ts";
import { isUniqueViolation } from "../../db/errors.ts";
import type { Schema } from "../../db/schema.ts";
import { lockRow, updateReturning } from "../../db/statements.ts";
import type { Transaction } from "../services.ts";
import type { Visitor } from "../sessions/session.ts";
import { findUserById, type UserRow } from "../users/users.ts";

/** `reported`: the owner says that somebody else is in. `changed`: the account or the session is no longer what it was. */
export type CredentialRefusal = "reported" | "changed";

export type CredentialChange = { readonly ok: true; readonly user: UserRow } | { readonly ok: false; readonly reason: CredentialRefusal };

/** Whose credentials change: the account as it was read, and the session that asks. */
export interface ActingUser {
  readonly was: UserRow;
  readonly session: Visitor["session"];
}

/**
 * Changes an account's credentials, if it is still as it was read and the session that asks is still alive: of a change and a
 * reset at once, one wins (ASVS 15.4.2). Nothing changes while the account is reported. Throws where a unique key is taken.
 */
export async function changeCredentials(
  tx: Transaction,
  { was, session }: ActingUser,
  set: Updateable<Schema["users"]>,
): Promise<CredentialChange> {
  // Held before it is judged: on PostgreSQL, an update that had to wait for the row would still see the sessions of before.
  await lockRow(tx.db, "users", { where: { id: was.id }, select: ["id"] });
  const user = await updateReturning(tx.db, "users", {
    set,
    where: ({ and, exists, selectFrom }) =>
      and([
        // Whoever got in could otherwise shut the owner out while the owner is getting the account back.
        and({ id: was.id, email: was.email, password_changed_at: was.password_changed_at, compromised_at: null }),
        exists(selectFrom("sessions").select("user_id").where("token_hash", "=", session.tokenHash)),
      ]),
    returning: columns.users,
  }).executeTakeFirst();
  if (user) return { ok: true, user };
  const now = await findUserById(tx, was.id);
  return { ok: false, reason: now && now.compromised_at !== null ? "reported" : "changed" };
}

/** What a change gives, or "taken" where a unique index says that the name or the address is somebody else's. */
export async function orTaken<T>(change: Promise<T>): Promise<T | { readonly ok: false; readonly reason: "taken" }> {
  try {
    return await change;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return { ok: false, reason: "taken" };
  }
}
