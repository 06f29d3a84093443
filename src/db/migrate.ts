/** Migrates a database to the schema of this version. */
import { closeSync, fsyncSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { type Kysely, type LogEvent, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { columns } from "./columns.ts";
import { compiler } from "./compiler.ts";
import { type Database, isPostgres, isSqlite, sqlitePath } from "./database.ts";
import { DatabaseUnavailableError } from "./errors.ts";
import {
  createMigrationTables,
  currentSchema,
  migrationLockTable,
  migrationsRun,
  migrationTable,
  tablesInSchema,
} from "./migration-table.ts";
import * as initial from "./migrations/0001-initial.ts";
import * as twoFactor from "./migrations/0002-two-factor.ts";
import * as passkeys from "./migrations/0003-passkeys.ts";
import * as emailLogin from "./migrations/0004-email-login.ts";
import * as recovery from "./migrations/0005-recovery.ts";
import * as providers from "./migrations/0006-providers.ts";
import type { Schema } from "./schema.ts";
import { mapUnavailable } from "./sqlite/errors.ts";

/** All migrations, in order. Never edit a released one: databases that have run it would differ. */
export const migrations: Record<string, { readonly up: (db: Kysely<unknown>) => Promise<void> }> = {
  "0001-initial": initial,
  "0002-two-factor": twoFactor,
  "0003-passkeys": passkeys,
  "0004-email-login": emailLogin,
  "0005-recovery": recovery,
  "0006-providers": providers,
};

/** The schema is not that of this version. The message is one line for the administrator: problem and remedy. */
export class SchemaError extends Error {
  override name = "SchemaError";
  readonly problem: string;
  readonly remedy: string;

  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super(`${problem} ${remedy}`, options);
    this.problem = problem;
    this.remedy = remedy;
  }
}

/** Advisory lock of a migration. It belongs to the transaction, so it also works through a pooler. */
const migrationLock = 3_853_314_791;

/** Runs pending migrations in one transaction, and returns their names. Throws {@link SchemaError} with the first failure. */
export async function migrate(db: Kysely<Schema>): Promise<string[]> {
  await requireKnownSchema(db);
  return db.transaction().execute(async (tx) => {
    if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(tx);
    await createMigrationTables(tx);
    const schema = await currentSchema(tx);
    const migrator = new Migrator({
      db: tx,
      provider: { getMigrations: async () => migrations },
      migrationTableName: migrationTable,
      migrationLockTableName: migrationLockTable,
      ...(schema ? { migrationTableSchema: schema } : {}),
    });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) throw failureOf(error, results.find((result) => result.status === "Error")?.migrationName);
    return results.map((result) => result.migrationName);
  });
}

function failureOf(error: unknown, migration: string | undefined): Error {
  if (error instanceof DatabaseUnavailableError) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new SchemaError(
    `The database could not be migrated${migration ? ` (${migration})` : ""}: ${said.replace(/\s+/g, " ")}.`,
    "Nothing was changed.",
    { cause: error },
  );
}

/**
 * Migrates a SQLite file when the server starts, after copying it. Throws {@link SchemaError} if a PostgreSQL database has pending
 * migrations: other versions may be using it, so an administrator migrates it.
 */
export async function migrateAtStart(db: Database, url: string, now: number): Promise<void> {
  await requireKnownSchema(db);
  const pending = await pendingMigrations(db);
  const [first] = pending;
  if (first === undefined) return;
  if (!isSqlite(url)) {
    throw new SchemaError(
      `The database has pending migrations: ${pending.join(", ")}.`,
      'Run "latchkey migrate"; "latchkey migrate --dry-run" prints the SQL without running it.',
    );
  }
  if (pending.length < Object.keys(migrations).length)
    await copyFile(sqlitePath(url), `${first}.${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`);
  await migrate(db);
}

/** Returns the names of pending migrations, in order. */
export async function pendingMigrations(db: Kysely<Schema>): Promise<string[]> {
  const run = await migrationsRun(db);
  return Object.keys(migrations).filter((name) => !run.includes(name));
}

/** Returns the statements of pending migrations without running them. Throws {@link SchemaError} as `migrate` does. */
export async function planMigrations(db: Kysely<Schema>): Promise<{ name: string; statements: string[] }[]> {
  await requireKnownSchema(db);
  const pending = await pendingMigrations(db);
  const plan: { name: string; statements: string[] }[] = [];
  for (const name of pending) {
    const statements: string[] = [];
    await migrations[name]?.up(recorder(db, ({ query }) => statements.push(query.sql)));
    plan.push({ name, statements });
  }
  return plan;
}

/** A database of the same engine that only reports its queries. */
function recorder(db: Kysely<Schema>, onQuery: (event: LogEvent) => void): Kysely<unknown> {
  return compiler(isPostgres(db) ? "postgres" : "sqlite", onQuery);
}

/** First migration of the versions before the first release. */
const unreleasedMigration = "0001-front-door";

/** Throws {@link SchemaError} if a newer version has migrated the database, or if its tables belong to another application. */
export async function requireKnownSchema(db: Kysely<Schema>): Promise<void> {
  const run = await migrationsRun(db);
  if (run.includes(unreleasedMigration)) {
    throw new SchemaError(
      "The database was created by an unreleased version.",
      'Set DATABASE_URL to a new database. To keep the accounts, run "latchkey import laravel --from OLD_URL --map password=password_hash".',
    );
  }
  const unknown = run.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new SchemaError(
      `The database was migrated by a newer version (${unknown.join(", ")}).`,
      "Run that version, or restore a backup of this one.",
    );
  }
  if (run.length === 0) await requireEmptySchema(db);
}

async function requireEmptySchema(db: Kysely<Schema>): Promise<void> {
  const schema = await currentSchema(db);
  if (schema === null) {
    throw new SchemaError("The search_path of this role has no existing schema.", "Create one: create schema latchkey.");
  }
  const tables = await tablesInSchema(db);
  const others = Object.keys(columns).filter((name) => tables.has(name));
  // Another process may have created them a moment ago.
  if (others.length === 0 || (await migrationsRun(db)).length > 0) return;
  const where = schema === undefined ? "The file in DATABASE_URL" : `The schema ${schema} in DATABASE_URL`;
  const remedy =
    schema === undefined
      ? "Set it to another file."
      : "Give Latchkey its own database, or its own schema: append ?options=-c%20search_path%3Dlatchkey to the URL.";
  throw new SchemaError(`${where} contains tables of another app (${others.join(", ")}).`, remedy);
}

/** Copies the file beside itself, under a name with the first pending migration. */
async function copyFile(path: string, before: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const copy = `${path}.before-${before}`;
  mapUnavailable(() => copyTo(copy, new DatabaseSync(path, { readOnly: true, timeout: 10_000 })));
}

function copyTo(copy: string, database: DatabaseSync): void {
  // File permissions: created empty and private first, so that other users of the machine cannot read it.
  closeSync(openSync(copy, "a", 0o600));
  database.prepare("vacuum into ?").run(copy);
  database.close();
  const file = openSync(copy, "r+");
  fsyncSync(file);
  closeSync(file);
}
