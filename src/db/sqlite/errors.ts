/** What SQLite's result codes mean to us. */
import { DatabaseUnavailableError } from "../errors.ts";

/** The engine's primary result code. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) % 256 : undefined;
}

/** SQLITE_BUSY: another connection has what this one needs. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === 5;
}

/**
 * BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB, or the system's own refusal: about the file and its
 * disk, and not about what was asked.
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

/** Said of the file as soon as it is read, and in words that an operator can use. */
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
