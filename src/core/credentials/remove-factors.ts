/** Removes the second factors of an account, and its passkeys if asked to. */
import type { Transaction } from "../services.ts";
import type { GuardedAccount } from "./guard-change.ts";

/**
 * Turns two-factor authentication off, and erases the factors that a report could restore: whoever asks for this has no factor, or a thief
 * has it. The caller ends the sessions and notifies the owner. Returns whether there was anything to remove.
 * Passkeys stay by default, because each is a way to log in.
 */
export async function removeFactors(
  tx: Transaction,
  { id, two_factor_since }: GuardedAccount,
  { passkeys = false } = {},
): Promise<boolean> {
  let removed = 0n;
  for (const table of ["authenticators", "recovery_codes", "trusted_devices", ...(passkeys ? (["passkeys"] as const) : [])] as const) {
    const { numDeletedRows } = await tx.db.deleteFrom(table).where("user_id", "=", id).executeTakeFirst();
    removed += numDeletedRows;
  }
  const { eraseKeptFactors } = await import("./removed-factors.ts");
  await eraseKeptFactors(tx, id);
  await tx.db.updateTable("users").set({ two_factor_since: null }).where("id", "=", id).execute();
  return removed > 0n || two_factor_since !== null;
}
