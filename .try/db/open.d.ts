import { Kysely, type LogEvent } from "kysely";
import type { DatabaseOptions } from "./postgres.ts";
import type { Schema } from "./schema.ts";
export type Database = Kysely<Schema>;
/** Opens a database; a file and its folder are made where there are none. `onQuery` sees each query as it ends. */
export declare function openDatabase(options: DatabaseOptions, onQuery?: (event: LogEvent) => void): Promise<Database>;
export declare function isSqlite(url: string): boolean;
export declare function sqlitePath(url: string): string;
/** Whether a write failed because a unique index already holds the value. */
export declare function isUniqueViolation(error: unknown): boolean;
/**
 * Whether a transaction failed only because of another one that ran beside it: they waited for each other, and PostgreSQL ended this
 * one; or what it had read, and refers to, was removed meanwhile. Nothing of it has happened, and it can be tried again.
 */
export declare function isConflict(error: unknown): boolean;
