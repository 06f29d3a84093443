/** Counts wrong passwords in a row, and locks a password after too many. */
import { updateReturning } from "../../../db/statements.ts";
import { recoveryPath, type Transaction } from "../../services.ts";
import type { UserRow } from "../../users/users.ts";

/** Online guessing: after so many failures a password is locked until it is reset (NIST SP 800-63B-4, 3.2.2). */
export const maxFailures = 100;
/** Never reached. */
const never = 2 ** 31 - 1;

/**
 * Counts a wrong password, without a user at the same cost. Returns whether this failure locked it. Permanent lockout by an attacker:
 * where no email can be sent, and so no password be reset, nothing is counted; rate limits still apply.
 */
export async function countFailure(tx: Transaction, user: Pick<UserRow, "id"> | undefined): Promise<{ setAside: boolean }> {
  const counts = recoveryPath(tx) !== undefined;
  const row = await updateReturning(tx.db, "users", {
    set: (column) => ({
      password_failures: column("password_failures", "+", counts ? 1 : 0),
      password_set_aside_at: column
        .case()
        .when("password_set_aside_at", "is not", null)
        .then(column.ref("password_set_aside_at"))
        .when("password_failures", ">=", counts ? maxFailures - 1 : never)
        // A parameter, not a literal, so that the statement is prepared once.
        .then(column.val(tx.now()))
        .else(null)
        .end(),
    }),
    where: { id: user?.id ?? "" },
    returning: ["password_failures"],
  }).executeTakeFirst();
  return { setAside: counts && row?.password_failures === maxFailures };
}

/** Resets the count, and stores the upgraded hash if there is one. No-op if the password was changed since it was checked. */
export async function noteRightPassword(tx: Transaction, user: UserRow, upgradedHash: string | undefined): Promise<void> {
  await tx.db
    .updateTable("users")
    .set({ password_failures: 0, ...(upgradedHash ? { password_hash: upgradedHash, hash_scheme: null } : {}) })
    .where("id", "=", user.id)
    .where("password_changed_at", "=", user.password_changed_at)
    .execute();
}
