/** Opens the database that a URL names. The only place that knows which engine it is. */

import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Dialect, Kysely, type LogEvent } from "kysely";
import { ensurePrivateDirectory } from "../platform/private-directory.ts";
import { insteadOfFile } from "../platform/regular-file.ts";
import type { DatabaseOptions } from "./database.ts";
import { type Database, isSqlite, sqlitePath } from "./database.ts";
import { DatabaseUnavailableError } from "./errors.ts";
import type { Schema } from "./schema.ts";
import type { DriverEvents } from "./sqlite/driver.ts";

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

function dialectFor(options: DatabaseOptions, toTell: DriverEvents): Promise<Dialect> {
  if (options.url === "sqlite::memory:") return memory(toTell, options.timeoutMs);
  return isSqlite(options.url) ? sqlite(sqlitePath(options.url), toTell, options.timeoutMs) : postgres(options);
}

/** A file without a name: as soon as it is open, nothing on the disk leads to it. The engine's own memory would have readers wait for writers. */
function memory(toTell: DriverEvents, busyMs: number | undefined): Promise<Dialect> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "latchkey-"));
  const onOpen = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return sqlite(`${folder}/memory.sqlite`, { ...toTell, onOpen }, busyMs);
}

/** Only the engine in use is loaded. */
async function sqlite(path: string, toTell: DriverEvents, busyMs: number | undefined): Promise<Dialect> {
  const { sqliteDialect } = await import("./sqlite/driver.ts");
  try {
    ensurePrivateDirectory(dirname(path));
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
  const { postgresDialect } = await import("./postgres/driver.ts");
  return postgresDialect({ url, connections, timeoutMs, isPooled });
}
