/** Counts the ways in to an account, and keeps the last one. */
import type { Transaction } from "../services.ts";
import type { GuardedAccount } from "./guard-change.ts";

/** How many credentials of each kind that features declare could log this user in. A verified email is none: it only recovers. */
export async function waysIn(tx: Transaction, userId: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, count } of tx.catalog.waysIn) counts.set(name, await count(tx, userId));
  return counts;
}

export type Removable = { readonly ok: true } | { readonly ok: false; readonly reason: "last-way-in" };

/** Call it before one credential of this kind is removed. Lockout: the last way in stays; the row lock serialises concurrent removals. */
export async function requireAnotherWayIn(tx: Transaction, { id }: GuardedAccount, name: string): Promise<Removable> {
  const counts = await waysIn(tx, id);
  if (!counts.has(name)) throw new TypeError(`No feature declares the way in ${name}.`);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return total > 1 || counts.get(name) === 0 ? { ok: true } : { ok: false, reason: "last-way-in" };
}
