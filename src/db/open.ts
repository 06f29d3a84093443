/** Opens the database that a URL names. The only place that knows which engine it is. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { Kysely, type LogEvent, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import type { Schema } from "./schema.ts";
import { SqliteDriver } from "./sqlite.ts";

export type Database = Kysely<Schema>;

/** Opens `sqlite:PATH`, making its folder where there is none. `onQuery` sees each query as it ends. */
export function openDatabase(url: string, onQuery?: (event: LogEvent) => void): Database {
  const path = url.replace(/^sqlite:/, "");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Made here where it is missing, so that nobody else on the machine can read it; the engine's other files follow suit.
  closeSync(openSync(path, "a", 0o600));
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new ConcurrentSqliteAdapter(),
      createDriver: () => new SqliteDriver(path),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    ...(onQuery ? { log: onQuery } : {}),
  });
}

class ConcurrentSqliteAdapter extends SqliteAdapter {
  /** Migrations run in one transaction, which is a lock too: of two processes starting at once, one migrates and the other waits. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** Our driver lets reads go on beside a transaction; Kysely would otherwise let one query at a time through. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Whether an insert failed because a unique index already holds the value. */
export function isUniqueViolation(error: unknown): boolean {
  // SQLITE_CONSTRAINT_UNIQUE, and SQLITE_CONSTRAINT_PRIMARYKEY.
  return error instanceof Error && "errcode" in error && (error.errcode === 2067 || error.errcode === 1555);
}
