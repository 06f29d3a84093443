/** Takes removed second factors out of the sessions of an account. */
import { sql } from "kysely";
import type { Transaction } from "../services.ts";

/** Stale level: a session that used a factor which is gone would stay at level 2. Passkeys stay, and with them what they proved. */
export async function forgetFactors(tx: Transaction, userId: string): Promise<void> {
  const methods = sql<string>`trim(replace(replace(' ' || methods || ' ', ' totp ', ' '), ' recovery-code ', ' '))`;
  await tx.db.updateTable("sessions").set({ methods }).where("user_id", "=", userId).execute();
}
