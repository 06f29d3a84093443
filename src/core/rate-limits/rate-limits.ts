/** Counts attempts against rate limits, shared by all processes. */

import { sql } from "kysely";
import type { Budget } from "../../config/parsers.ts";
import { columns } from "../../db/columns.ts";
import { type Placeholders, prepared, preparedVariants } from "../../db/prepared.ts";
import { type UpsertRow, upsertIf } from "../../db/statements.ts";
import { clockSlackMs } from "../clock-skew.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

/** A rate limit of one key, such as "login-account" of an email or "signup-ip" of a network. */
export interface RateLimit {
  readonly name: string;
  readonly of: string;
  readonly budget: Budget;
}

/** A limit per network; none for a command or the library, which have no network. */
export function perNetwork({ network }: RequestInfo, name: string, budget: Budget): RateLimit[] {
  return network === undefined ? [] : [{ name, of: network, budget }];
}

/** A counted attempt; released if it was no failure. */
export interface Reservation {
  readonly counted: readonly LimitHit[];
}

/** One count of an attempt: a budget, in the window that ends at `resetsAt`. */
interface LimitHit {
  readonly budget: string;
  readonly resetsAt: number;
  /** Attempts in this window, including this one. */
  readonly hits: number;
  /** Whether it used up the budget of this window. */
  readonly isLast: boolean;
}

export type Attempt = ({ readonly ok: true } & Reservation) | { readonly ok: false; readonly retryAfterSeconds: number };

/**
 * Counts an attempt against all limits, or against none if one is used up. Race (CVE-2019-5421): it is counted before the work, so
 * concurrent attempts all count.
 */
export async function reserve(s: Services, limits: readonly RateLimit[]): Promise<Attempt> {
  if (limits.length === 0) return { ok: true, counted: [] };
  const reserved = await reserveWith(s, limits, async () => undefined);
  return reserved.ok ? { ok: true, counted: reserved.counted } : reserved;
}

export type AttemptWith<T> = (Attempt & { readonly ok: false }) | ({ readonly ok: true; readonly value: T } & Reservation);

/** {@link reserve}, and in the same transaction work that stores counters only. A power failure may undo both. */
export async function reserveWith<T>(
  s: Services,
  limits: readonly RateLimit[],
  work: (tx: Transaction) => Promise<T>,
): Promise<AttemptWith<T>> {
  // Deadlock: rows are locked in one order everywhere.
  const keyed = limits.map((limit) => ({ ...limit, key: budgetKey(s, limit) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  // Denial of service: attempts over the limit are refused by a read, without the write lock.
  const spentMs = keyed.length === 0 ? 0 : await maxWaitMs(s, keyed);
  if (spentMs > 0) return refused(spentMs);
  try {
    const countAll = async (tx: Transaction) => {
      const counts: LimitHit[] = [];
      for (const limit of keyed) {
        const hit = await countOne(tx, limit);
        if (!hit) throw new BudgetSpent();
        counts.push(hit);
      }
      return { ok: true, counted: counts, value: await work(tx) } as const;
    };
    return await inTransaction(s, countAll, { durability: "relaxed" });
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return refused(await maxWaitMs(s, keyed));
  }
}

/**
 * Uncounts an attempt: limits count failures, not successes. Deadlock: an upsert locks its rows in the given order, which an update does
 * not promise.
 */
export async function release(s: Services, reservation: Reservation): Promise<void> {
  if (reservation.counted.length === 0) return;
  const sorted = reservation.counted.toSorted((a, b) => (a.budget < b.budget ? -1 : 1));
  const isAgain = (hit: LimitHit, i: number) => hit.budget === sorted[i - 1]?.budget;
  const counted = sorted.filter((hit, i) => !isAgain(hit, i));
  const values = Object.fromEntries(
    counted.flatMap(({ budget, resetsAt }, i) => [
      [`budget${i}`, budget],
      [`resetsAt${i}`, resetsAt],
    ]),
  );
  await releaseQuery(counted.length)(s.db, values);
  // PostgreSQL writes a row once in a statement.
  await release(s, { counted: sorted.filter(isAgain) });
}

const releaseQuery = preparedVariants((count: number) =>
  prepared((db, value: Placeholders<Record<`budget${number}`, string> & Record<`resetsAt${number}`, number>>) =>
    upsertIf(db, "rate_limits", {
      values: Array.from({ length: count }, (_, i) => ({ budget: value(`budget${i}`), hits: 0, resets_at: value(`resetsAt${i}`) })),
      set: ({ existing }) => ({ hits: sql`${existing("hits")} - 1` }),
      where: ({ eb, existing, offered }) => eb(existing("resets_at"), "=", offered("resets_at")),
    }),
  ),
);

/** Counts one attempt within the caller's transaction. Returns false, and counts nothing, if the limit is used up. */
export async function tryConsume(tx: Transaction, limit: RateLimit): Promise<boolean> {
  if (await countOne(tx, { ...limit, key: budgetKey(tx, limit) })) return true;
  tx.telemetry?.limited(limit.name);
  return false;
}

/** Locks a limit until the end of the transaction, so that requests for one mailbox are serialised. */
export async function lockBudget(tx: Transaction, limit: RateLimit): Promise<void> {
  await upsertIf(tx.db, "rate_limits", {
    values: { budget: budgetKey(tx, limit), hits: 0, resets_at: tx.now() },
    set: ({ existing }) => ({ hits: existing("hits") }),
  }).execute();
}

/** Whether the attempt used up a limit of this name. */
export function isSpent({ counted }: Reservation, name: string): boolean {
  return counted.some(({ budget, isLast }) => isLast && budget.startsWith(`${name}:`));
}

/** Attempts in the window of the limit of this name, including this one. */
export function hitsOf({ counted }: Reservation, name: string): number {
  return counted.find(({ budget }) => budget.startsWith(`${name}:`))?.hits ?? 0;
}

/** Awaits counted work, and releases the attempt if it throws: a server error is not a failed attempt. */
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

/** Thrown within the transaction, to roll back the other counts. */
class BudgetSpent extends Error {}

/** Personal data: stores a keyed hash, not the email or IP. */
function budgetKey(s: Services, { name, of }: RateLimit): string {
  return `${name}:${s.keyring.sign("budget", `${name}\n${of}`).toString("base64url", 0, 16)}`;
}

/** Race: one statement checks and counts. Undefined if the limit is used up. */
async function countOne(tx: Transaction, { key, budget }: KeyedLimit): Promise<LimitHit | undefined> {
  const now = tx.now();
  const resetsAt = now + budget.perMs;
  const { rows } = await countQuery(tx.db, { key, now, resetsAt, latest: resetsAt + clockSlackMs, max: budget.count });
  const [counted] = rows;
  return counted && { budget: key, resetsAt: counted.resets_at, hits: counted.hits, isLast: counted.hits >= budget.count };
}

/** A window that ends later than a new one would was set by a wrong clock, and counts as over. */
const countQuery = prepared((db, value: Placeholders<{ key: string; now: number; resetsAt: number; latest: number; max: number }>) => {
  const isOver = ({ eb, existing }: UpsertRow<"rate_limits">) =>
    eb.or([eb(existing("resets_at"), "<=", value("now")), eb(existing("resets_at"), ">", value("latest"))]);
  return upsertIf(db, "rate_limits", {
    values: { budget: value("key"), hits: 1, resets_at: value("resetsAt") },
    set: (row) => ({
      hits: sql`case when ${isOver(row)} then 1 else ${row.existing("hits")} + 1 end`,
      resets_at: sql`case when ${isOver(row)} then ${row.offered("resets_at")} else ${row.existing("resets_at")} end`,
    }),
    where: (row) => row.eb.or([isOver(row), row.eb(row.existing("hits"), "<", value("max"))]),
    returning: ["resets_at", "hits"],
  });
});

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
      .selectFrom("rate_limits")
      .select(columns.rate_limits)
      .where(
        "budget",
        "in",
        Array.from({ length: count }, (_, i) => value(i)),
      ),
  ),
);

function refused(waitMs: number): Attempt & { readonly ok: false } {
  return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}
