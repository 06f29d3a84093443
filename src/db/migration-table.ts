/** Reads which tables and migrations a database has. */
import { type Kysely, sql } from "kysely";
import { isPostgres } from "./database.ts";
import type { Schema } from "./schema.ts";

/** Not the default names of Kysely: another application may use it in the same database. */
export const migrationTable = "latchkey_migrations";
export const migrationLockTable = "latchkey_migrations_lock";

/** Undefined on SQLite; null if the role's `search_path` names no existing schema. */
export async function currentSchema(db: Kysely<Schema>): Promise<string | null | undefined> {
  if (!isPostgres(db)) return undefined;
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db);
  return rows[0]?.name ?? null;
}

/** Returns tables and views by name. An unreadable one belongs to another application. */
export async function tablesInSchema(db: Kysely<Schema>): Promise<ReadonlyMap<string, { readonly isReadable: boolean }>> {
  const query = isPostgres(db)
    ? sql<{ name: string; readable: boolean | number }>`select relname as name, has_table_privilege(c.oid, 'select') as readable
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = current_schema() and c.relkind in ('r', 'p', 'v', 'm', 'f')`
    : sql<{ name: string; readable: boolean | number }>`select name, 1 as readable from sqlite_schema where type in ('table', 'view')`;
  const { rows } = await query.execute(db);
  return new Map(rows.map(({ name, readable }) => [name, { isReadable: Boolean(readable) }]));
}

/** Returns the names of the migrations that have run, in order. */
export async function migrationsRun(db: Kysely<Schema>): Promise<string[]> {
  if (!(await tablesInSchema(db)).has(migrationTable)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.id(migrationTable)} order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** Creates the tables as Kysely would, which hides the reason of a failure within a transaction. */
export async function createMigrationTables(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable(migrationTable)
    .ifNotExists()
    .addColumn("name", "varchar(255)", (c) => c.notNull().primaryKey())
    .addColumn("timestamp", "varchar(255)", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable(migrationLockTable)
    .ifNotExists()
    .addColumn("id", "varchar(255)", (c) => c.notNull().primaryKey())
    .addColumn("is_locked", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
}
