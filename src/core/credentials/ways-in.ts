/** Counts the credentials that can log a user in; protects the last one. */
import type { Services, Transaction } from "../services.ts";
import type { GuardedAccount } from "./guard-change.ts";

/** Returns the number of usable credentials of each declared kind. A verified email counts where codes by email log in; else it only allows recovery. */
export async function waysIn(s: Services, userId: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, count } of s.catalog.waysIn) counts.set(name, await count(s, userId));
  return counts;
}

export type Removable = { readonly ok: true } | { readonly ok: false; readonly reason: "last-way-in" };

/**
 * Call it before removing a credential of this kind. Lockout: the last one is never removed; the row lock serializes concurrent removals.
 * `others` is how many must remain.
 */
export async function requireAnotherWayIn(tx: Transaction, { id }: GuardedAccount, name: string, others = 1): Promise<Removable> {
  return (await hasAnotherWayIn(tx, id, name, others)) ? { ok: true } : { ok: false, reason: "last-way-in" };
}

/** For pages that say beforehand what would be refused. */
export async function hasAnotherWayIn(s: Services, userId: string, name: string, others = 1): Promise<boolean> {
  const counts = await waysIn(s, userId);
  if (!counts.has(name)) throw new TypeError(`No feature declares the way in ${name}.`);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return total > others || counts.get(name) === 0;
}
