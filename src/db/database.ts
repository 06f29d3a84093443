/** Defines the database type and its options; reads its URL. */

import { type Kysely, PostgresAdapter } from "kysely";
import type { Schema } from "./schema.ts";

export type Database = Kysely<Schema>;

export function isPostgres(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

export function isSqlite(url: string): boolean {
  return url.startsWith("sqlite:");
}

export function sqlitePath(url: string): string {
  return url.replace(/^sqlite:/, "");
}

export interface DatabaseOptions {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly url: string;
  /** PostgreSQL only: maximum connections of one process. */
  readonly connections?: number;
  /** Limit of one statement, and of the wait for a connection or a lock. 0: no limit. */
  readonly timeoutMs?: number;
  /** PostgreSQL only: behind a transaction pooler, no prepared statement or setting stays on a connection. */
  readonly isPooled?: boolean;
}
