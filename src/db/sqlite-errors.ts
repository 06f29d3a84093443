/** What SQLite's result codes mean to us. */

/** The engine's primary result code. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) % 256 : undefined;
}

/** SQLITE_BUSY: another connection has what this one needs. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === 5;
}

/** BUSY, READONLY, IOERR, FULL, CANTOPEN: about the file and its disk, and not about what was asked. */
export function isUnavailable(error: unknown): boolean {
  return [5, 8, 10, 13, 14].includes(resultCode(error) ?? 0);
}

/** CORRUPT, NOTADB. */
export function isNoDatabase(error: unknown): boolean {
  return isDamaged(error) || resultCode(error) === 26;
}

/** CORRUPT. */
export function isDamaged(error: unknown): boolean {
  return resultCode(error) === 11;
}
