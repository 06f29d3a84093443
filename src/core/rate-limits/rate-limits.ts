/** Rate limits attempts, counted in the database across processes and restarts. */

import { sql } from "kysely";
import type { Budget } from "../../config/parsers.ts";
import { columns } from "../../db/columns.ts";
import { type Placeholders, prepared, preparedVariants } from "../../db/prepared.ts";
import { clockSlackMs } from "../clock.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

/** The budget of one subject: "login-account" of an email, "signup-address" of a network, … */
export interface RateLimit {
  readonly name: string;
  readonly of: string;
  readonly budget: Budget;
}

/** A budget of the network that asks: none for a command or the library, which have no network. */
export function perNetwork({ network }: RequestInfo, name: string, budget: Budget): RateLimit[] {
  return network === undefined ? [] : [{ name, of: network, budget }];
}

/** A counted attempt. Released when it turns out to be no failure. */
export interface Reservation {
  readonly counted: readonly LimitHit[];
}

/** One hit on a budget, in the window that ends at `resetsAt`. */
interface LimitHit {
  readonly budget: string;
  readonly resetsAt: number;
  /** Whether it was the last hit that the budget allows in this window. */
  readonly isLast: boolean;
}

export type Attempt = ({ readonly ok: true } & Reservation) | { readonly ok: false; readonly retryAfterSeconds: number };

/**
 * Counts one attempt against all limits, or against none if one is spent.
 * Bypass by parallel requests: counted before the work, so 200 concurrent attempts count as 200 (CVE-2019-5421).
 */
export async function reserve(s: Services, limits: readonly RateLimit[]): Promise<Attempt> {
  if (limits.length === 0) return { ok: true, counted: [] };
  // Deadlock: every attempt locks its rows in the same order.
  const keyed = limits.map((limit) => ({ ...limit, key: budgetKey(s, limit) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  // Denial of service: a spent limit is refused by a read, without the database's write lock.
  const spentMs = await maxWaitMs(s, keyed);
  if (spentMs > 0) return refused(spentMs);
  try {
    const countAll = async (tx: Transaction) => {
      const counts: LimitHit[] = [];
      for (const limit of keyed) counts.push(await countOne(tx, limit));
      return counts;
    };
    const counted = await inTransaction(s, countAll, { durability: "relaxed" });
    return { ok: true, counted };
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return refused(await maxWaitMs(s, keyed));
  }
}

/**
 * Takes an attempt off its limits again: they count failures, not successes. Deadlock: an upsert locks rows in the order of its values,
 * which an update of several rows does not; a row that was cleaned up meanwhile is inserted with no hits.
 */
export async function release(s: Services, { counted }: Reservation): Promise<void> {
  if (counted.length === 0) return;
  const values = Object.fromEntries(
    counted.flatMap(({ budget, resetsAt }, i) => [
      [`budget${i}`, budget],
      [`resetsAt${i}`, resetsAt],
    ]),
  );
  await releaseQuery(counted.length)(s.db, values);
}

const releaseQuery = preparedVariants((count: number) =>
  prepared((db, value: Placeholders<Record<`budget${number}`, string> & Record<`resetsAt${number}`, number>>) =>
    db
      .insertInto("limits")
      .values(Array.from({ length: count }, (_, i) => ({ budget: value(`budget${i}`), hits: 0, resets_at: value(`resetsAt${i}`) })))
      .onConflict((conflict) =>
        conflict.column("budget").doUpdateSet({ hits: sql`limits.hits - 1` }).whereRef("limits.resets_at", "=", "excluded.resets_at"),
      ),
  ),
);

/** Counts one attempt within the caller's transaction. Returns false, without counting, if the budget is spent. */
export async function tryConsume(tx: Transaction, limit: RateLimit): Promise<boolean> {
  try {
    await countOne(tx, { ...limit, key: budgetKey(tx, limit) });
    return true;
  } catch (error) {
    // No statement failed, so the transaction stays usable.
    if (!(error instanceof BudgetSpent)) throw error;
    tx.telemetry?.limited(limit.name);
    return false;
  }
}

/** Row lock on a limit until the caller's transaction ends: serializes all that count against it. */
export async function lockBudget(tx: Transaction, limit: RateLimit): Promise<void> {
  await tx.db
    .insertInto("limits")
    .values({ budget: budgetKey(tx, limit), hits: 0, resets_at: tx.now() })
    .onConflict((conflict) => conflict.column("budget").doUpdateSet({ hits: sql`limits.hits` }))
    .execute();
}

/** Whether the attempt was the last that a limit of this name allows in its window. */
export function isSpent({ counted }: Reservation, name: string): boolean {
  return counted.some(({ budget, isLast }) => isLast && budget.startsWith(`${name}:`));
}

/** Awaits the work that was counted, and releases the attempt if it throws: an internal error is no failed attempt. */
export async function withReservation<T>(s: Services, attempt: Reservation, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await release(s, attempt);
    throw error;
  }
}

interface KeyedLimit extends RateLimit {
  readonly key: string;
}

/** Thrown inside the transaction, to roll earlier counts back. */
class BudgetSpent extends Error {}

/** Personal data in the table: the subject is stored as a keyed hash. */
function budgetKey(s: Services, { name, of }: RateLimit): string {
  return `${name}:${s.keyring.sign("budget", `${name}\n${of}`).toString("base64url", 0, 16)}`;
}

/** Race condition: one statement counts and checks (ASVS 15.4.2). Throws {@link BudgetSpent}. */
async function countOne(tx: Transaction, { key, budget }: KeyedLimit): Promise<LimitHit> {
  const now = tx.now();
  const resetsAt = now + budget.perMs;
  const { rows } = await countQuery(tx.db, { key, now, resetsAt, latest: resetsAt + clockSlackMs, max: budget.count });
  const [counted] = rows;
  if (!counted) throw new BudgetSpent();
  return { budget: key, resetsAt: counted.resets_at, isLast: counted.hits >= budget.count };
}

/** Clock skew: a window that ends later than one that begins now was opened by a clock that ran ahead, and is over. */
const countQuery = prepared((db, value: Placeholders<{ key: string; now: number; resetsAt: number; latest: number; max: number }>) =>
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
            where("limits.hits", "<", value("max")),
          ]),
        ),
    )
    .returning(["resets_at", "hits"]),
);

async function maxWaitMs(s: Services, limits: readonly KeyedLimit[]): Promise<number> {
  const { rows } = await lookUpQuery(limits.length)(
    s.db,
    limits.map(({ key }) => key),
  );
  const waits = rows.map((row) => {
    const limit = limits.find(({ key }) => key === row.budget);
    const { count, perMs } = limit?.budget ?? { count: 0, perMs: 0 };
    const leftMs = row.resets_at - s.now();
    const waitMs = row.hits >= count && leftMs <= perMs + clockSlackMs ? leftMs : 0;
    if (waitMs > 0) s.telemetry?.limited(limit?.name ?? "");
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
