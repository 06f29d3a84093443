/** Opens the database that a URL names. The only place that knows which engine it is. */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Dialect, Kysely, type LogEvent } from "kysely";
import { makeFolder } from "../folder.ts";
import type { DatabaseOptions } from "./postgres.ts";
import { insteadOfFile } from "./regular-file.ts";
import type { Schema } from "./schema.ts";
import type { Told } from "./sqlite.ts";
import { DatabaseUnavailableError } from "./unavailable.ts";

export type Database = Kysely<Schema>;

/**
 * Opens a database; a file and its folder are made where there are none. `onQuery` sees each query as it ends, and `onFailure` that the
 * disk has failed, after which nothing is answered. Throws {@link DatabaseUnavailableError} where a file cannot be made or written.
 */
export async function openDatabase(
  options: DatabaseOptions,
  onQuery?: (event: LogEvent) => void,
  onFailure?: (error: DatabaseUnavailableError) => void,
): Promise<Database> {
  return new Kysely<Schema>({ dialect: await dialectFor(options, { onQuery, onFailure }), ...(onQuery ? { log: onQuery } : {}) });
}

export function isSqlite(url: string): boolean {
  return url.startsWith("sqlite:");
}

export function sqlitePath(url: string): string {
  return url.replace(/^sqlite:/, "");
}

function dialectFor(options: DatabaseOptions, toTell: Told): Promise<Dialect> {
  if (options.url === "sqlite::memory:") return memory(toTell, options.timeoutMs);
  return isSqlite(options.url) ? sqlite(sqlitePath(options.url), toTell, options.timeoutMs) : postgres(options);
}

/** A file without a name: as soon as it is open, nothing on the disk leads to it. The engine's own memory would have readers wait for writers. */
function memory(toTell: Told, busyMs: number | undefined): Promise<Dialect> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "latchkey-"));
  const onOpen = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return sqlite(`${folder}/memory.sqlite`, { ...toTell, onOpen }, busyMs);
}

/** Only the engine in use is loaded. */
async function sqlite(path: string, toTell: Told, busyMs: number | undefined): Promise<Dialect> {
  const { sqliteDialect } = await import("./sqlite.ts");
  try {
    makeFolder(dirname(path));
    const instead = insteadOfFile(path);
    if (instead !== undefined) throw new Error(`${path} is ${instead}, and no file`);
    // Made here where it is missing, so that nobody else on the machine can read it; the engine's other files follow suit. What
    // is there is not touched: closing any handle of a file would drop the locks that this process holds on it (POSIX).
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw new DatabaseUnavailableError("The database file cannot be used.", { cause: error });
  }
  return sqliteDialect(path, toTell, busyMs);
}

async function postgres({ url, connections = 10, timeoutMs = 5_000, isPooled = false }: DatabaseOptions): Promise<Dialect> {
  const { postgresDialect } = await import("./postgres.ts");
  return postgresDialect({ url, connections, timeoutMs, isPooled });
}

/** Whether a write failed because a unique index already holds the value. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY; PostgreSQL's unique_violation.
  if ("errcode" in error) return error.errcode === 2067 || error.errcode === 1555;
  return "code" in error && error.code === "23505";
}

/** Thrown to have a transaction tried again: what it had read was changed by another before it could write. */
export class RaceLostError extends Error {
  override name = "RaceLostError";
}

/**
 * Whether a transaction failed only because of another one that ran beside it: they waited for each other, and PostgreSQL ended this
 * one; what it had read, and refers to, was removed meanwhile; or a migration changed its tables. Nothing of it has happened, and it can
 * be tried again.
 */
export function isConflict(error: unknown): boolean {
  if (error instanceof RaceLostError) return true;
  const cause = error instanceof DatabaseUnavailableError ? error.cause : error;
  return cause instanceof Error && "code" in cause && ["40P01", "40001", "23503", "0A000"].includes(String(cause.code));
}
