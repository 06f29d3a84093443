/** Ends the trust in browsers that skip the second step. */
import type { Transaction } from "../services.ts";

/** Call it in the transaction of each change of a factor or password. */
export async function endTrustedDevices(tx: Transaction, userId: string): Promise<void> {
  await tx.db.deleteFrom("trusted_devices").where("user_id", "=", userId).execute();
}
