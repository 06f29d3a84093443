/** Gives an account a new password. */
import type { Transaction } from "../../services.ts";
import type { UserRow } from "../../users/users.ts";

/**
 * Replaces the password, if it is still the one that the caller saw: of two changes at once, one wins.
 * Device cookies of the account are worth nothing from here on, for they depend on when it was changed.
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
      // Later than before, even where two changes fall into one millisecond.
      password_changed_at: Math.max(tx.now(), user.password_changed_at + 1),
      password_failures: 0,
      password_set_aside_at: null,
    })
    .where("id", "=", user.id)
    .where("password_changed_at", "=", user.password_changed_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
