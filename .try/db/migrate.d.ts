import { Kysely } from "kysely";
import { type Database } from "./open.ts";
import type { Schema } from "./schema.ts";
/** The database's tables are not those of this version. The message is one line for the operator. */
export declare class SchemaError extends Error {
    name: string;
}
/** Runs what has not run yet, and gives its names. Throws the first failure, with the migration's name; nothing of it stays. */
export declare function migrate(db: Kysely<Schema>): Promise<string[]>;
/**
 * For the start of a program: a file migrates itself, after a copy of it; a server's database, which other programs of other
 * versions may be using, is migrated by hand. Throws {@link SchemaError} where that is due.
 */
export declare function migrateAtStart(db: Database, url: string, now: number): Promise<void>;
/** Names of the migrations that have not run yet, in order. */
export declare function pendingMigrations(db: Kysely<Schema>): Promise<string[]>;
/** The statements of the migrations that have not run yet, as the database's engine would get them. */
export declare function planMigrations(db: Kysely<Schema>): Promise<{
    name: string;
    statements: string[];
}[]>;
