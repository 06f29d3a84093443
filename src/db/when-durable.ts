/** Waits until all committed writes are on the disk. */
import type { Database } from "./database.ts";

/** Adapter of an engine whose commits can be read before they are on the disk. */
export interface DurableWrites {
  whenDurable: (() => Promise<void>) | undefined;
}

/**
 * Resolves once every commit that could be read by now is durable. For a response that writes nothing but confirms another request's
 * write, such as a second logout.
 */
export async function whenDurable(db: Database): Promise<void> {
  await (db.getExecutor().adapter as Partial<DurableWrites>).whenDurable?.();
}
