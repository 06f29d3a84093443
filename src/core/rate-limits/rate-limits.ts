/** Counts attempts against budgets in the database, so that many processes share one count and a restart forgets nothing. */

import { sql } from "kysely";
import type { Budget } from "../../config/parsers.ts";
import { columns } from "../../db/columns.ts";
import { type Placeholders, prepared, preparedVariants } from "../../db/prepared.ts";
import { clockSlackMs } from "../clock.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

/** One budget of one somebody: "login-account" of an address, "signup-address" of a network, … */
export interface RateLimit {
  readonly name: string;
  readonly of: string;
  readonly budget: Budget;
}

/** An attempt that was counted, and can be given back when it turns out to be no failure. */
export interface Reservation {
  readonly counted: readonly LimitHit[];
}

/** A count that an attempt stands in: of this budget, in the window that ends then. */
interface LimitHit {
  readonly budget: string;
  readonly resetsAt: number;
  /** Whether it was the last that the budget allows in this window. */
  readonly isLast: boolean;
}

export type Attempt = ({ readonly ok: true } & Reservation) | { readonly ok: false; readonly retryAfterSeconds: number };

/**
 * Counts one attempt against all the budgets, or against none when one is spent.
 * It is counted before the work, so two hundred at once count as two hundred (CVE-2019-5421).
 */
export async function reserve(s: Services, claims: readonly RateLimit[]): Promise<Attempt> {
  // In one order everywhere, so that no two attempts ever wait for each other's budgets.
  const keyed = claims.map((claim) => ({ ...claim, key: budgetKey(s, claim) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  // A flood that is refused anyway is refused by a read: it never waits for, or takes, the database's write lock.
  const spentMs = await longestWaitMs(s, keyed);
  if (spentMs > 0) return refused(spentMs);
  try {
    const countAll = async (tx: Transaction) => {
      const counts: LimitHit[] = [];
      for (const claim of keyed) counts.push(await countOne(tx, claim));
      return counts;
    };
    const counted = await inTransaction(s, countAll, { durability: "relaxed" });
    return { ok: true, counted };
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return refused(await longestWaitMs(s, keyed));
  }
}

/**
 * Takes an attempt off its counts again: limits count failures, not successes. Rows are taken in the order in which they were
 * counted, which an update of several would not promise; one that was swept away in the meantime comes back empty.
 */
export async function release(s: Services, { counted }: Reservation): Promise<void> {
  const values = Object.fromEntries(
    counted.flatMap(({ budget, resetsAt }, i) => [
      [`budget${i}`, budget],
      [`resetsAt${i}`, resetsAt],
    ]),
  );
  await giveBackQuery(counted.length)(s.db, values);
}

const giveBackQuery = preparedVariants((count: number) =>
  prepared((db, value: Placeholders<Record<`budget${number}`, string> & Record<`resetsAt${number}`, number>>) =>
    db
      .insertInto("limits")
      .values(Array.from({ length: count }, (_, i) => ({ budget: value(`budget${i}`), hits: 0, resets_at: value(`resetsAt${i}`) })))
      .onConflict((conflict) =>
        conflict.column("budget").doUpdateSet({ hits: sql`limits.hits - 1` }).whereRef("limits.resets_at", "=", "excluded.resets_at"),
      ),
  ),
);

/** Counts one attempt within the caller's transaction. False, and not counted, where the budget is spent. */
export async function tryConsume(tx: Transaction, claim: RateLimit): Promise<boolean> {
  try {
    await countOne(tx, { ...claim, key: budgetKey(tx, claim) });
    return true;
  } catch (error) {
    // What is spent is ours to say, and no statement's failure: the transaction goes on.
    if (!(error instanceof BudgetSpent)) throw error;
    tx.telemetry?.limited(claim.name);
    return false;
  }
}

/** Lets nobody else count against this budget, or hold it, until the caller's transaction ends: what they do about one mailbox comes one by one. */
export async function lockBudget(tx: Transaction, claim: RateLimit): Promise<void> {
  await tx.db
    .insertInto("limits")
    .values({ budget: budgetKey(tx, claim), hits: 0, resets_at: tx.now() })
    .onConflict((conflict) => conflict.column("budget").doUpdateSet({ hits: sql`limits.hits` }))
    .execute();
}

/** Whether the attempt spent a budget of this name: whatever comes after it in the same window is refused. */
export function isSpent({ counted }: Reservation, name: string): boolean {
  return counted.some(({ budget, isLast }) => isLast && budget.startsWith(`${name}:`));
}

/** Waits for work that was counted, and gives the attempt back when it breaks: a fault of ours is nobody's failure. */
export async function withReservation<T>(s: Services, attempt: Reservation, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await release(s, attempt);
    throw error;
  }
}

interface KeyedClaim extends RateLimit {
  readonly key: string;
}

/** Thrown inside the transaction, so that what was counted before it is rolled back. */
class BudgetSpent extends Error {}

/** No address and no name is kept: only a keyed hash of it. */
function budgetKey(s: Services, { name, of }: RateLimit): string {
  return `${name}:${s.keyring.sign("budget", `${name}\n${of}`).toString("base64url", 0, 16)}`;
}

/** One statement counts and judges, so no other process can come between. Throws {@link BudgetSpent}. */
async function countOne(tx: Transaction, { key, budget }: KeyedClaim): Promise<LimitHit> {
  const now = tx.now();
  const resetsAt = now + budget.perMs;
  const { rows } = await countQuery(tx.db, { key, now, resetsAt, latest: resetsAt + clockSlackMs, most: budget.count });
  const [counted] = rows;
  if (!counted) throw new BudgetSpent();
  return { budget: key, resetsAt: counted.resets_at, isLast: counted.hits >= budget.count };
}

/** A window that ends later than one that begins now is a clock's that was wrong, and counts as over. */
const countQuery = prepared((db, value: Placeholders<{ key: string; now: number; resetsAt: number; latest: number; most: number }>) =>
  db
    .insertInto("limits")
    .values({ budget: value("key"), hits: 1, resets_at: value("resetsAt") })
    .onConflict((conflict) =>
      conflict
        .column("budget")
        .doUpdateSet({
          hits: sql`case when limits.resets_at <= ${value("now")} or limits.resets_at > ${value("latest")} then 1 else limits.hits + 1 end`,
          resets_at: sql`case when limits.resets_at <= ${value("now")} or limits.resets_at > ${value("latest")} then excluded.resets_at else limits.resets_at end`,
        })
        .where((where) =>
          where.or([
            where("limits.resets_at", "<=", value("now")),
            where("limits.resets_at", ">", value("latest")),
            where("limits.hits", "<", value("most")),
          ]),
        ),
    )
    .returning(["resets_at", "hits"]),
);

async function longestWaitMs(s: Services, claims: readonly KeyedClaim[]): Promise<number> {
  const { rows } = await lookUpQuery(claims.length)(
    s.db,
    claims.map(({ key }) => key),
  );
  const waits = rows.map((row) => {
    const claim = claims.find(({ key }) => key === row.budget);
    const { count, perMs } = claim?.budget ?? { count: 0, perMs: 0 };
    const leftMs = row.resets_at - s.now();
    const waitMs = row.hits >= count && leftMs <= perMs + clockSlackMs ? leftMs : 0;
    if (waitMs > 0) s.telemetry?.limited(claim?.name ?? "");
    return waitMs;
  });
  return Math.max(0, ...waits);
}

const lookUpQuery = preparedVariants((count: number) =>
  prepared((db, value: Placeholders<readonly string[]>) =>
    db
      .selectFrom("limits")
      .select(columns.limits)
      .where(
        "budget",
        "in",
        Array.from({ length: count }, (_, i) => value(i)),
      ),
  ),
);

function refused(waitMs: number): Attempt {
  return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}
