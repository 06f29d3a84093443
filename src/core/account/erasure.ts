/** Erases accounts, and anonymizes their audit events. */
import { setImmediate as turn } from "node:timers/promises";
import { shrinkLog } from "../../db/sqlite/shrink-log.ts";
import { deleteReturning, lockRow, updateReturning } from "../../db/statements.ts";
import { recordErasure } from "../audit/chain/seal.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { eraseLastOwner, releaseUsername } from "../users/released-usernames.ts";

const perBatch = 200;

/** Deletes the account with its sessions, tokens, emails and the data of features; audit events stay, anonymized. */
export async function eraseUser(tx: Transaction, userId: string): Promise<void> {
  const erased = await deleteReturning(tx.db, "users", { where: { id: userId }, returning: ["username_key"] }).executeTakeFirst();
  if (erased) await releaseUsername(tx, userId, erased.username_key);
  await eraseLastOwner(tx, userId);
  await eraseTraces(tx, [userId]);
}

/**
 * Erases the data of features and anonymizes the audit events of deleted accounts. Account enumeration: an empty list runs the same
 * statements (ASVS 6.3.8).
 */
export async function eraseTraces(tx: Transaction, ids: readonly string[]): Promise<void> {
  const userIds = ids.length > 0 ? ids : [""];
  for (const erase of tx.catalog.eraseData) await erase(tx, userIds);
  await tx.db.updateTable("audit").set(anonymous).where("user_id", "in", userIds).execute();
  // Race: the update waits for a concurrent sealing transaction, so all of its seals are visible to this statement.
  await recordErasure(tx, userIds);
}

/** Like {@link eraseIfDue}, and truncates the WAL at once instead of at the next cleanup. */
export async function eraseNow(s: Services, userId: string, notify?: (tx: Transaction) => Promise<void>): Promise<void> {
  await eraseIfDue(s, userId, notify);
  await shrinkLog(s.db);
}

/** Erases an account if it is due and no login has cancelled that; `notify` sends a last email in the same transaction. */
export async function eraseIfDue(s: Services, userId: string, notify?: (tx: Transaction) => Promise<void>): Promise<void> {
  await anonymizeInBatches(s, userId);
  await inTransaction(s, async (tx) => {
    // Row lock: a concurrent login cancels the erasure before this, or fails after it.
    const due = await lockRow(tx.db, "users", {
      where: (user) => user.and([user("id", "=", userId), user("erase_at", "<=", tx.now())]),
      select: ["id"],
    });
    if (!due) return;
    await eraseUser(tx, userId);
    await notify?.(tx);
  });
}

const anonymous = { user_id: null, ip: "", user_agent: "" };

/** Anonymizes events in batches. An attacked account has many, and a single statement would hold the write lock too long. */
async function anonymizeInBatches(s: Services, userId: string): Promise<void> {
  for (;;) {
    if ((await inTransaction(s, (tx) => anonymizeBatch(tx, userId))) < perBatch) return;
    await turn();
  }
}

async function anonymizeBatch(tx: Transaction, userId: string): Promise<number> {
  const records = await updateReturning(tx.db, "audit", {
    set: anonymous,
    where: (record) =>
      record.and([
        record("user_id", "=", userId),
        record.exists(record.selectFrom("users").select("users.id").where("users.id", "=", userId).where("erase_at", "<=", tx.now())),
      ]),
    orderBy: "id",
    limit: perBatch,
    returning: ["id"],
  }).execute();
  if (records.length > 0)
    await recordErasure(
      tx,
      [userId],
      records.map(({ id }) => id),
    );
  return records.length;
}
