/** Runs queries in one transaction, with the durability that they need. */
import type { Transaction } from "kysely";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";

/**
 * `full`: the commit is on the disk before the transaction resolves. `relaxed`: it does not wait, so a power cut may undo it, but a
 * killed process does not; for counts that are worth less than a write to the disk.
 */
export type Durability = "full" | "relaxed";

/** Adapter of an engine whose commits can skip the wait for the disk. PostgreSQL has none: its commits are always durable. */
export interface RelaxesDurability {
  /** Marks the transaction that is open: the engine has one at a time. */
  relaxDurability: (() => void) | undefined;
}

export function transact<T>(db: Database, work: (db: Transaction<Schema>) => Promise<T>, durability: Durability = "full"): Promise<T> {
  if (durability === "full") return db.transaction().execute(work);
  return db.transaction().execute((tx) => {
    (db.getExecutor().adapter as Partial<RelaxesDurability>).relaxDurability?.();
    return work(tx);
  });
}
