/** Counts wrong passwords in a row, and locks a password after too many. */
import { updateReturning } from "../../../db/statements.ts";
import { recoveryPath, type Transaction } from "../../services.ts";
import type { AccountRow, UserRow } from "../../users/users.ts";

/** Online guessing: after so many failures a password is locked until it is reset (NIST SP 800-63B-4, 3.2.2). */
export const maxFailures = 100;
/** A number of failures that is never reached. */
const never = 2 ** 31 - 1;

/**
 * Counts a wrong password; without a user, at the same cost. Returns whether this failure locked it. Permanent lockout by an attacker:
 * without password reset by email, nothing is counted; rate limits still apply.
 */
export async function countFailure(tx: Transaction, user: Pick<UserRow, "id"> | undefined): Promise<{ isLocked: boolean }> {
  const counts = recoveryPath(tx) !== undefined;
  const row = await updateReturning(tx.db, "passwords", {
    set: (column) => ({
      failures: column("failures", "+", counts ? 1 : 0),
      locked_at: column
        .case()
        .when("locked_at", "is not", null)
        .then(column.ref("locked_at"))
        .when("failures", ">=", counts ? maxFailures - 1 : never)
        // A parameter, not a literal, so that the statement is prepared once.
        .then(column.val(tx.now()))
        .else(null)
        .end(),
    }),
    where: { user_id: user?.id ?? "" },
    returning: ["failures"],
  }).executeTakeFirst();
  return { isLocked: counts && row?.failures === maxFailures };
}

/** Resets the count, and stores the upgraded hash if there is one. No-op if the password was changed since it was checked. */
export async function recordSuccess(tx: Transaction, user: AccountRow, upgradedHash: string | undefined): Promise<void> {
  // Most logins have no failures to reset and no hash to upgrade.
  if (user.password_changed_at === null || (user.password_failures === 0 && upgradedHash === undefined)) return;
  await tx.db
    .updateTable("passwords")
    .set({ failures: 0, ...(upgradedHash ? { hash: upgradedHash, scheme: null } : {}) })
    .where("user_id", "=", user.id)
    .where("changed_at", "=", user.password_changed_at)
    .execute();
}
