/** Stores recoveries of two-factor authentication that wait. */
import type { Selectable } from "kysely";
import type { Services, Transaction } from "../../../core/services.ts";
import { columns } from "../../../db/columns.ts";
import type { Schema } from "../../../db/schema.ts";
import { lockRow, upsert } from "../../../db/statements.ts";

export type RecoveryRow = Selectable<Schema["two_factor_recoveries"]>;

export async function storeRecovery(tx: Transaction, row: RecoveryRow): Promise<void> {
  await upsert(tx.db, "two_factor_recoveries", row).execute();
}

export function findRecovery(s: Services, userId: string): Promise<RecoveryRow | undefined> {
  return s.db.selectFrom("two_factor_recoveries").select(columns.two_factor_recoveries).where("user_id", "=", userId).executeTakeFirst();
}

/** Locks it, so that of two processes one sends its next email. */
export function lockRecovery(tx: Transaction, userId: string): Promise<RecoveryRow | undefined> {
  return lockRow(tx.db, "two_factor_recoveries", { where: { user_id: userId }, select: columns.two_factor_recoveries });
}

/** Returns whether there was one. */
export async function deleteRecovery(tx: Transaction, userId: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db.deleteFrom("two_factor_recoveries").where("user_id", "=", userId).executeTakeFirst();
  return numDeletedRows === 1n;
}

/** The accounts whose next email is due. */
export async function listDue(s: Services, limit: number): Promise<string[]> {
  const rows = await s.db
    .selectFrom("two_factor_recoveries")
    .select("user_id")
    .where("next_email_at", "<=", s.now())
    .orderBy("next_email_at")
    .limit(limit)
    .execute();
  return rows.map(({ user_id }) => user_id);
}

/** Whether the account has used any second factor since then, in a login or to confirm its user. */
export async function hasUsedFactor(s: Services, userId: string, since: number): Promise<boolean> {
  const used = await Promise.all([
    s.db.selectFrom("authenticators").select("id").where("user_id", "=", userId).where("last_used_at", ">=", since).executeTakeFirst(),
    s.db.selectFrom("passkeys").select("id").where("user_id", "=", userId).where("last_used_at", ">=", since).executeTakeFirst(),
    s.db.selectFrom("recovery_codes").select("user_id").where("user_id", "=", userId).where("used_at", ">=", since).executeTakeFirst(),
  ]);
  return used.some((row) => row !== undefined);
}
