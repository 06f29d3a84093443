/** Maps SQLite result codes to database errors. */
import { DatabaseUnavailableError } from "../errors.ts";

/** The primary result code. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) % 256 : undefined;
}

/** SQLITE_BUSY: another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === 5;
}

/**
 * Errors of the file or its disk, not of the query: BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB, or
 * a system error.
 */
function isUnavailable(error: unknown): boolean {
  const codes = [5, 6, 7, 8, 10, 11, 13, 14, 15, 26];
  return codes.includes(resultCode(error) ?? 0) || (error instanceof Error && "syscall" in error);
}

/** CORRUPT, NOTADB. */
export function isNoDatabase(error: unknown): boolean {
  return isDamaged(error) || resultCode(error) === 26;
}

/** CORRUPT. */
function isDamaged(error: unknown): boolean {
  return resultCode(error) === 11;
}

/** Replaces CORRUPT and NOTADB by a message that names the file. */
export function throwIfNotDatabase<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isNoDatabase(error)) throw error;
    const cause = new Error(`${path} is ${isDamaged(error) ? "a damaged database" : "not a database"}.`);
    throw new DatabaseUnavailableError("The database file cannot be used.", { cause });
  }
}

export function mapUnavailable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new DatabaseUnavailableError("The database file cannot be used.", { cause: error });
  }
}
