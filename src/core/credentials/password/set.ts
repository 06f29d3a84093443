/** Replaces the password of an account. */

import type { Transaction } from "../../services.ts";
import type { UserRow } from "../../users/users.ts";

/**
 * Returns false if the password was changed since the caller read the account: of two concurrent changes one wins (ASVS 15.4.2).
 * Device cookies of the account become invalid, since they are bound to the time of the change.
 */
export async function setPassword(
  tx: Transaction,
  user: Pick<UserRow, "id" | "password_changed_at">,
  passwordHash: string,
): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable("users")
    .set({
      password_hash: passwordHash,
      hash_scheme: null,
      // Strictly increasing, even for two changes within a millisecond.
      password_changed_at: Math.max(tx.now(), user.password_changed_at + 1),
      password_failures: 0,
      password_locked_at: null,
    })
    .where("id", "=", user.id)
    .where("password_changed_at", "=", user.password_changed_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
