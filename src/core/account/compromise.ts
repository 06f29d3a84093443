/** An account whose owner says that somebody else is in it. */
import type { Transaction } from "../services.ts";
import { revertEmailToken } from "./email-change.ts";

/**
 * Notes it: the password opens nothing, and nothing that opens the account may change, until the password is reset. An erasure
 * that waits is off, for it may be the intruder's wish, and the owner cannot log in to cancel it.
 */
export async function noteReport(tx: Transaction, userId: string): Promise<void> {
  await tx.db
    .updateTable("users")
    .set({ compromised_at: tx.now(), password_locked_at: tx.now(), erase_at: null })
    .where("id", "=", userId)
    .execute();
}

/**
 * The account is its owner's again, who has just opened its mailbox: an erasure that waits is off. A report stays where the account
 * can still go back to an address that is not this mailbox's: it may have come from there.
 */
export async function clearReport(tx: Transaction, userId: string): Promise<void> {
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
