/** The type of an open database, and what its URL says. */

import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export type Database = Kysely<Schema>;

export function isSqlite(url: string): boolean {
  return url.startsWith("sqlite:");
}

export function sqlitePath(url: string): string {
  return url.replace(/^sqlite:/, "");
}

export interface DatabaseOptions {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly url: string;
  /** What follows is for PostgreSQL only: the most connections that one process holds. */
  readonly connections?: number;
  /** How long one statement may take, and how long a query waits for a connection. 0: for ever. */
  readonly timeoutMs?: number;
  /** Whether a pooler stands before the server that gives each transaction another connection: nothing may stay on one then. */
  readonly isPooled?: boolean;
}
