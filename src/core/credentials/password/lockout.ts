/** Counts wrong passwords in a row, and locks a password after too many. */
import { updateReturning } from "../../../db/statements.ts";
import { recoveryPath, type Transaction } from "../../services.ts";
import type { UserRow } from "../../users/users.ts";

/** After so many a password opens nothing until it is reset (NIST SP 800-63B-4, 3.2.2). */
const mostFailures = 100;
/** So many that nobody gets there. */
const never = 2 ** 31 - 1;

/**
 * Counts a wrong password against an account, or against nobody's at the same cost. Gives whether this was the one too many: the
 * password is then set aside. Where no letter could bring it back nothing is counted, or whoever guesses would shut the owner out
 * for ever; the limits of the login hold there as well.
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
        .when("password_failures", ">=", counts ? mostFailures - 1 : never)
        // As a parameter: a number would stand in the text, and the statement would be another each time.
        .then(column.val(tx.now()))
        .else(null)
        .end(),
    }),
    where: { id: user?.id ?? "" },
    returning: ["password_failures"],
  }).executeTakeFirst();
  return { setAside: counts && row?.password_failures === mostFailures };
}

/** Ends the count of wrong passwords, and keeps the better hash where there is one; nothing, where the password was changed meanwhile. */
export async function noteRightPassword(tx: Transaction, user: UserRow, upgradedHash: string | undefined): Promise<void> {
  await tx.db
    .updateTable("users")
    .set({ password_failures: 0, ...(upgradedHash ? { password_hash: upgradedHash, hash_scheme: null } : {}) })
    .where("id", "=", user.id)
    .where("password_changed_at", "=", user.password_changed_at)
    .execute();
}
