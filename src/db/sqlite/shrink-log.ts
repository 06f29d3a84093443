/** Truncates the WAL, which still holds deleted rows. */
import type { Database } from "../database.ts";

/** Adapter of an engine that keeps a WAL beside its file. */
export interface ShrinksLog {
  shrinkLog: (() => Promise<void>) | undefined;
}

/**
 * Checkpoints and truncates the WAL, which holds erased users' rows as they were written. During a long read, such as a backup, it stays
 * until the next call.
 */
export async function shrinkLog(db: Database): Promise<void> {
  await (db.getExecutor().adapter as Partial<ShrinksLog>).shrinkLog?.();
}
