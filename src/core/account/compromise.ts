/** Records and clears a reported compromise. */
import { updateReturning } from "../../db/statements.ts";
import { endTrust } from "../credentials/end-trust.ts";
import { bumpSecurityVersion } from "../credentials/guard-change.ts";
import type { Transaction } from "../services.ts";
import { revertEmailToken } from "./email-revert.ts";

/**
 * Locks the password, ends the trust of browsers, and freezes every credential until the password is reset; a login under way fails. Cancels a scheduled erasure:
 * the intruder may have requested it, and the owner cannot log in to cancel it.
 */
export async function recordCompromise(tx: Transaction, userId: string): Promise<void> {
  const [account] = await updateReturning(tx.db, "users", {
    set: { compromised_at: tx.now(), erase_at: null },
    where: { id: userId },
    returning: ["id", "two_factor_since"],
  }).execute();
  if (account) await endTrust(tx, account);
  await tx.db.updateTable("passwords").set({ locked_at: tx.now() }).where("user_id", "=", userId).execute();
  await bumpSecurityVersion(tx, userId);
}

/**
 * Call it after a password reset by email; also cancels a scheduled erasure. The report stays while the account can revert to another
 * email, because it may have come from there.
 */
export async function clearCompromise(tx: Transaction, userId: string): Promise<void> {
  await tx.db
    .updateTable("users")
    .set((column) => ({
      erase_at: null,
      compromised_at: column
        .case()
        .when(
          column.exists(
            column
              .selectFrom("one_time_tokens")
              .select("one_time_tokens.user_id")
              .where("one_time_tokens.user_id", "=", userId)
              .where("one_time_tokens.purpose", "=", revertEmailToken.name)
              .where("one_time_tokens.expires_at", ">", tx.now())
              .whereRef("one_time_tokens.email", "<>", "users.email"),
          ),
        )
        .then(column.ref("compromised_at"))
        .else(null)
        .end(),
    }))
    .where("id", "=", userId)
    .execute();
}
