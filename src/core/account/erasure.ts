/** Erases an account, and takes its name out of what stays. */
import { setImmediate as turn } from "node:timers/promises";
import { shrinkLog } from "../../db/sqlite/shrink-log.ts";
import { deleteReturning, lockRow, updateReturning } from "../../db/statements.ts";
import { recordErasure } from "../audit/chain/seal.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { eraseLastOwner, releaseUsername } from "../users/released-usernames.ts";

const perBatch = 200;

/** Removes the account with its sessions, tokens and letters, within a transaction. Its records stay, and say nothing of whom. */
export async function eraseUser(tx: Transaction, userId: string): Promise<void> {
  const erased = await deleteReturning(tx.db, "users", { where: { id: userId }, returning: ["username_key"] }).executeTakeFirst();
  if (erased) await releaseUsername(tx, userId, erased.username_key);
  await eraseLastOwner(tx, userId);
  await anonymizeRecords(tx, [userId]);
}

/** Takes these accounts out of the records; for nobody it is the same statement (ASVS 6.3.8). */
export async function anonymizeRecords(tx: Transaction, ids: readonly string[]): Promise<void> {
  const userIds = ids.length > 0 ? ids : [""];
  await tx.db.updateTable("audit").set(anonymous).where("user_id", "in", userIds).execute();
  // After the statement that waits for whoever is sealing: only then are all seals there to be seen.
  await recordErasure(tx, userIds);
}

/** The same as {@link eraseIfDue}, and out of the database's log as well, where the next sweep would otherwise do that for all. */
export async function eraseNow(s: Services, userId: string, notify?: (tx: Transaction) => Promise<void>): Promise<void> {
  await eraseIfDue(s, userId, notify);
  await shrinkLog(s.db);
}

/** Erases an account whose time has come, unless logging in has taken that back by now; `tell` posts a last letter with it. */
export async function eraseIfDue(s: Services, userId: string, notify?: (tx: Transaction) => Promise<void>): Promise<void> {
  await anonymizeMost(s, userId);
  await inTransaction(s, async (tx) => {
    // Row lock: a concurrent login cancels the erasure before it, or comes too late.
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

/**
 * Makes all but the newest records anonymous, a few at a time: an account that was guessed at for months has so many that one
 * statement for all of them would hold up everybody else.
 */
async function anonymizeMost(s: Services, userId: string): Promise<void> {
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
