/** Waits until what others have written is safe, too. */
import type { Database } from "./database.ts";

/** What an engine's adapter has whose commits can be read before they are on the disk. */
export interface DurableWrites {
  whenDurable: (() => Promise<void>) | undefined;
}

/**
 * Resolves when everything that could be read by now is on the disk. For an answer that writes nothing and says all the same that something
 * is done, such as a second logout beside the first.
 */
export async function whenDurable(db: Database): Promise<void> {
  await (db.getExecutor().adapter as Partial<DurableWrites>).whenDurable?.();
}
