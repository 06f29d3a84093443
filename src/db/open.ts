/** Opens the database of a URL. */

import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Dialect, Kysely, type LogEvent } from "kysely";
import { ensurePrivateDirectory } from "../platform/private-directory.ts";
import { nonFileKind } from "../platform/regular-file.ts";
import type { DatabaseOptions } from "./database.ts";
import { type Database, isSqlite, sqlitePath } from "./database.ts";
import { DatabaseUnavailableError } from "./errors.ts";
import type { Schema } from "./schema.ts";
import type { DriverEvents } from "./sqlite/driver.ts";

/**
 * Opens a database, and creates a missing file with its directory. `onQuery` receives each query as it ends; after `onFailure` (a disk
 * failure) every query is rejected. Throws {@link DatabaseUnavailableError} if the file cannot be created or written.
 */
export async function openDatabase(
  options: DatabaseOptions,
  onQuery?: (event: LogEvent) => void,
  onFailure?: (error: DatabaseUnavailableError) => void,
): Promise<Database> {
  return new Kysely<Schema>({ dialect: await dialectFor(options, { onQuery, onFailure }), ...(onQuery ? { log: onQuery } : {}) });
}

function dialectFor(options: DatabaseOptions, events: DriverEvents): Promise<Dialect> {
  if (options.url === "sqlite::memory:") return memory(events, options.timeoutMs);
  return isSqlite(options.url) ? sqlite(sqlitePath(options.url), events, options.timeoutMs) : postgres(options);
}

/** Uses a deleted temporary file: with SQLite's `:memory:`, reads would wait for writes. */
function memory(events: DriverEvents, busyMs: number | undefined): Promise<Dialect> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "latchkey-"));
  const onOpen = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return sqlite(`${folder}/memory.sqlite`, { ...events, onOpen }, busyMs);
}

/** Imports the engine on demand, so that only the one in use is loaded. */
async function sqlite(path: string, events: DriverEvents, busyMs: number | undefined): Promise<Dialect> {
  const { sqliteDialect } = await import("./sqlite/driver.ts");
  try {
    ensurePrivateDirectory(dirname(path));
    const instead = nonFileKind(path);
    if (instead !== undefined) throw new Error(`${path} is ${instead}, not a file`);
    // File permissions: created private, and SQLite's other files inherit that. An existing file is not opened here: closing any
    // handle of it would drop the POSIX locks that this process holds on it.
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw new DatabaseUnavailableError("The database file cannot be used.", { cause: error });
  }
  return sqliteDialect(path, events, busyMs);
}

async function postgres({ url, connections = 10, timeoutMs = 5_000, isPooled = false }: DatabaseOptions): Promise<Dialect> {
  const { postgresDialect } = await import("./postgres/driver.ts");
  return postgresDialect({ url, connections, timeoutMs, isPooled });
}
