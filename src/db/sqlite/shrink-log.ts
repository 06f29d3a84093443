/** Takes what was deleted out of an engine's log as well, where the log is a file of ours. */
import type { Database } from "../database.ts";

/** What an engine's adapter has that keeps a log beside its file. */
export interface ShrinksLog {
  shrinkLog: (() => Promise<void>) | undefined;
}

/**
 * Moves the log's contents into the file and empties it: it holds the rows of people who were erased since as they were written. While
 * somebody reads what was before, such as a backup, the log stays until the next time.
 */
export async function shrinkLog(db: Database): Promise<void> {
  await (db.getExecutor().adapter as Partial<ShrinksLog>).shrinkLog?.();
}
