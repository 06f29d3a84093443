/** Seals audit events in a hash chain, and records erasures. */

import { setImmediate as turn } from "node:timers/promises";
import { columns } from "../../../db/columns.ts";
import { insertFromSelect, lockFreeRows, upsert } from "../../../db/statements.ts";
import { inTransaction, type Services, type Transaction } from "../../services.ts";
import {
  type AuditRow,
  type Day,
  dayOf,
  dayText,
  erasureText,
  eventHash,
  linkText,
  ownerHash,
  piiHash,
  type Seal,
  signText,
} from "./format.ts";

const perBatch = 200;

/**
 * Seals unsealed events in batches, until none is left or `stopping` aborts. One process seals at a time; events are chained in sealing
 * order, so a late commit is included.
 */
export async function sealRecords(s: Services, stopping?: AbortSignal): Promise<void> {
  while (!stopping?.aborted && (await hasUnsealed(s)) && (await inTransaction(s, sealBatch)) === perBatch) await turn();
}

/** Checked without a transaction: an idle run must not take the write lock. */
async function hasUnsealed(s: Services): Promise<boolean> {
  return (await s.db.selectFrom("audit").select("id").where("sealed", "is", null).limit(1).executeTakeFirst()) !== undefined;
}

async function sealBatch(tx: Transaction): Promise<number> {
  // Race: two processes would both continue from the same link.
  const heads = await lockFreeRows(tx.db, "audit_head", { where: { id: "head" }, select: ["id"], orderBy: "id", limit: 1 });
  if (heads.length === 0) return 0;
  const records = await lockFreeRows(tx.db, "audit", {
    where: (record) => record("sealed", "is", null),
    select: columns.audit,
    orderBy: "id",
    limit: perBatch,
  });
  if (records.length === 0) return 0;
  const { seals, day } = chain(tx, records, await lastDays(tx));
  await tx.db.insertInto("audit_seals").values(seals).execute();
  await upsert(tx.db, "audit_days", day).execute();
  const ids = records.map(({ id }) => id);
  await tx.db.updateTable("audit").set({ sealed: 1 }).where("id", "in", ids).execute();
  tx.log.debug({ day: day.day, records: ids.length }, "sealed records");
  return records.length;
}

/** The last two days, newest first. */
function lastDays(tx: Transaction): Promise<Day[]> {
  return tx.db.selectFrom("audit_days").select(columns.audit_days).orderBy("number", "desc").limit(2).execute();
}

function chain(tx: Transaction, records: readonly AuditRow[], [last, beforeLast]: readonly Day[]): { seals: Seal[]; day: Day } {
  const today = dayOf(tx.now());
  // Clock set back: continues the newest day.
  const continuesDay = last !== undefined && last.day >= today;
  const closed = (continuesDay ? beforeLast : last)?.mac ?? "";
  const start = continuesDay ? last : { day: today, number: (last?.number ?? 0) + 1, count: 0, last_link: closed, last_at: 0 };
  const key_id = tx.keyring.keyId;
  let { count, last_link, last_at } = start;
  const seals = records.map((record) => {
    const salt = tx.random(16).toString("base64url");
    const sealed = {
      record_id: record.id,
      day: start.day,
      number: ++count,
      happened_at: record.happened_at,
      owner: record.user_id === null ? null : ownerHash(record.user_id),
      facts: eventHash(record),
      personal: piiHash(salt, record),
    };
    last_link = signText(tx, linkText(sealed, last_link));
    last_at = Math.max(last_at, record.happened_at);
    return { ...sealed, salt, link: last_link, key_id };
  });
  const day = { day: start.day, number: start.number, count, last_link, last_at };
  return { seals, day: { ...day, key_id, mac: signText(tx, dayText(day, closed)) } };
}

/**
 * Records a signed proof that these accounts were erased, and deletes the salts of their seals: of all, or of `recordIds`. Call it after
 * their events were anonymized, in the same transaction; an unknown id runs the same statements (ASVS 6.3.8).
 */
export async function recordErasure(tx: Transaction, userIds: readonly string[], recordIds?: readonly string[]): Promise<void> {
  const key_id = tx.keyring.keyId;
  for (const userId of userIds) {
    const erasure = { owner: ownerHash(userId), erased_at: tx.now() };
    await insertFromSelect(tx.db, "audit_erasures", {
      row: { ...erasure, key_id, mac: signText(tx, erasureText(erasure)) },
      from: "audit_seals",
      where: { owner: erasure.owner },
      replaces: true,
    }).execute();
  }
  await tx.db
    .updateTable("audit_seals")
    .set({ salt: null })
    .where("owner", "in", userIds.map(ownerHash))
    .$if(recordIds !== undefined, (query) => query.where("record_id", "in", recordIds ?? []))
    .execute();
}
