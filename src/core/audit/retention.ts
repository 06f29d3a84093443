/** Deletes audit events past their retention, and signs the cutoff. */

import { deleteBatch } from "../../db/statements.ts";
import type { Services } from "../services.ts";
import { dayOf, headText, signText } from "./chain/format.ts";

/** Maximum difference between the clocks of two processes. */
export const clockSkewMs = 5 * 60_000;

export async function removeOldRecords(s: Services, count: number): Promise<number> {
  const until = s.now() - s.settings.auditRetentionMs;
  const due = await s.db.selectFrom("audit").select("id").where("happened_at", "<=", until).orderBy("happened_at").limit(1).execute();
  if (due.length === 0) return 0;
  await signSweptUntil(s, until);
  return deleteBatch(s.db, "audit", { where: (record) => record("happened_at", "<=", until), orderBy: "happened_at", limit: count });
}

/** Deletes seals by whole days, so the remaining chain has no gaps. */
export async function removeOldSeals(s: Services, count: number): Promise<number> {
  const until = s.now() - s.settings.auditRetentionMs;
  const [oldest] = await s.db.selectFrom("audit_seals").select("day").where("day", "<=", dayOf(s.now())).orderBy("day").limit(1).execute();
  if (!oldest) return 0;
  const past = await s.db.selectFrom("audit_days").select("day").where("day", "=", oldest.day).where("last_at", "<=", until).execute();
  if (past.length === 0) return 0;
  await signSweptUntil(s, until);
  return deleteBatch(s.db, "audit_seals", { where: { day: oldest.day }, orderBy: "number", limit: count });
}

/**
 * Deletes the signed notes of deleted accounts after the last event that they cover. With another process's clock, that event may be dated
 * up to `clockSkewMs` after the deletion.
 */
export function removeOldErasures(s: Services, count: number): Promise<number> {
  const until = s.now() - s.settings.auditRetentionMs - clockSkewMs;
  return deleteBatch(s.db, "audit_erasures", { where: (erasure) => erasure("erased_at", "<=", until), orderBy: "erased_at", limit: count });
}

async function signSweptUntil(s: Services, swept_until: number): Promise<void> {
  await s.db
    .updateTable("audit_head")
    .set({ swept_until, key_id: s.keyring.keyId, mac: signText(s, headText({ swept_until })) })
    .where("id", "=", "head")
    .where("swept_until", "<", swept_until)
    .execute();
}
