/** Brings a database to the schema that this version of the program needs, and says what that would take. */
import { closeSync, fsyncSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { type Kysely, type LogEvent, PostgresAdapter } from "kysely";
import { Migrator } from "kysely/migration";
import { compiler } from "./compiler.ts";
import * as frontDoor from "./migrations/0001-front-door.ts";
import * as accounts from "./migrations/0002-accounts.ts";
import * as operators from "./migrations/0003-operators.ts";
import * as tokenKeys from "./migrations/0004-token-keys.ts";
import * as confirming from "./migrations/0006-confirming.ts";
import * as operatorsPages from "./migrations/0007-operators-pages.ts";
import * as auditChain from "./migrations/0008-audit-chain.ts";
import * as movingIn from "./migrations/0009-moving-in.ts";
import * as oldCookies from "./migrations/0010-old-cookies.ts";
import * as samePerson from "./migrations/0011-same-person.ts";
import { type Database, isSqlite, sqlitePath } from "./open.ts";
import type { Schema } from "./schema.ts";
import { orUnavailable } from "./sqlite-errors.ts";

/** In order, never edited once released: a database somewhere has already run it. */
const migrations = {
  "0001-front-door": frontDoor,
  "0002-accounts": accounts,
  "0003-operators": operators,
  "0004-token-keys": tokenKeys,
  "0006-confirming": confirming,
  "0007-operators-pages": operatorsPages,
  "0008-audit-chain": auditChain,
  "0009-moving-in": movingIn,
  "0010-old-cookies": oldCookies,
  "0011-same-person": samePerson,
};

/** The database's tables are not those of this version. The message is one line for the operator. */
export class SchemaError extends Error {
  override name = "SchemaError";
}

/** Runs what has not run yet, and gives its names. Throws the first failure, with the migration's name; nothing of it stays. */
export async function migrate(db: Kysely<Schema>): Promise<string[]> {
  await requireKnownSchema(db);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) {
    const failed = results.find((result) => result.status === "Error")?.migrationName;
    throw new Error(`The database could not be migrated${failed ? ` (${failed})` : ""}.`, { cause: error });
  }
  return results.map((result) => result.migrationName);
}

/**
 * For the start of a program: a file migrates itself, after a copy of it; a server's database, which other programs of other
 * versions may be using, is migrated by hand. Throws {@link SchemaError} where that is due.
 */
export async function migrateAtStart(db: Database, url: string, now: number): Promise<void> {
  await requireKnownSchema(db);
  const pending = await pendingMigrations(db);
  const [first] = pending;
  if (first === undefined) return;
  if (!isSqlite(url)) {
    throw new SchemaError(
      `The database lacks ${pending.join(", ")}. Run "latchkey migrate" first; "latchkey migrate --plan" shows what it does.`,
    );
  }
  if (pending.length < Object.keys(migrations).length)
    await copyFile(sqlitePath(url), `${first}.${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`);
  await migrate(db);
}

/** Names of the migrations that have not run yet, in order. */
export async function pendingMigrations(db: Kysely<Schema>): Promise<string[]> {
  const run = await runMigrations(db);
  return Object.keys(migrations).filter((name) => !run.includes(name));
}

/** The statements of the migrations that have not run yet, as the database's engine would get them. Throws {@link SchemaError} as `migrate` does. */
export async function planMigrations(db: Kysely<Schema>): Promise<{ name: string; statements: string[] }[]> {
  await requireKnownSchema(db);
  const pending = await pendingMigrations(db);
  const plan: { name: string; statements: string[] }[] = [];
  for (const name of pending) {
    const statements: string[] = [];
    await migrations[name as keyof typeof migrations].up(recorder(db, ({ query }) => statements.push(query.sql)));
    plan.push({ name, statements });
  }
  return plan;
}

/** A database of the same engine that does nothing but tell what it was asked. */
function recorder(db: Kysely<Schema>, onQuery: (event: LogEvent) => void): Kysely<unknown> {
  return compiler(db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite", onQuery);
}

/** Throws {@link SchemaError} where a newer program was here: this one would not know what it writes. */
export async function requireKnownSchema(db: Kysely<Schema>): Promise<void> {
  const unknown = (await runMigrations(db)).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return;
  throw new SchemaError(
    `The database was migrated by a newer version (${unknown.join(", ")}), which this one does not know. Start that version.`,
  );
}

async function runMigrations(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === "kysely_migration")) return [];
  // The library's own table, which the schema does not name.
  const rows: { name: string }[] = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom("kysely_migration")
    .select("name")
    .orderBy("name")
    .execute();
  return rows.map(({ name }) => name);
}

/** Beside the file, under a name that says what it was made before. */
async function copyFile(path: string, before: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const copy = `${path}.before-${before}`;
  // A disk that is full is the operator's to mend.
  orUnavailable(() => copyTo(copy, new DatabaseSync(path, { readOnly: true, timeout: 10_000 })));
}

function copyTo(copy: string, database: DatabaseSync): void {
  // Made first, and empty, so that nobody else on the machine can read it.
  closeSync(openSync(copy, "a", 0o600));
  database.prepare("vacuum into ?").run(copy);
  database.close();
  const file = openSync(copy, "r+");
  fsyncSync(file);
  closeSync(file);
}
