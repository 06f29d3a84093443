/** Creates databases on the engine of this test run. */
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

export interface TestDatabase {
  /** For `DATABASE_URL`. */
  readonly url: string;
  /** A temporary directory for other files of the test. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** URL of the PostgreSQL server, to which a database name is added; undefined on SQLite. */
const server = process.env["TEST_POSTGRES"];

/** Path of a migrated SQLite file to copy. */
const template = process.env["TEST_SQLITE"];

export const engine = server === undefined ? "sqlite" : "postgres";

/** Options that skip a test on PostgreSQL, for results that cannot depend on the database. */
export const onOneEngine = { skip: engine === "postgres" };

/** Returns a migrated database on PostgreSQL; on SQLite a path without a file, unless `isMigrated`. */
export async function makeDatabase({ isMigrated = false } = {}): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  if (server === undefined && isMigrated && template !== undefined) copyFileSync(template, `${folder}/test.sqlite`);
  if (server === undefined) return { url: `sqlite:${folder}/test.sqlite`, folder, remove: async () => removeFolder() };
  const database = reusable.pop() ?? (await createDatabase());
  return {
    url: `${server}${database.name}`,
    folder,
    remove: async () => {
      if (await restoreContent(database)) reusable.push(database);
      else await runOnServer(`drop database ${database.name} with (force)`);
      removeFolder();
    },
  };
}

interface PostgresDatabase {
  readonly name: string;
  /** Stays connected as long as the database exists: connecting costs as much as the queries. */
  readonly client: pg.Client;
}

/** PostgreSQL databases with restored content, for reuse: creating one takes longer than most tests. */
const reusable: PostgresDatabase[] = [];

/** Schema and content of a new database. */
let pristine: { readonly schema: string; readonly reset: string } | undefined;

async function createDatabase(): Promise<PostgresDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await runOnServer(`create database ${name} template latchkey_template strategy file_copy`);
  const client = await connect(name);
  pristine ??= { schema: await schemaFingerprint(client), reset: await resetStatements(client) };
  return { name, client };
}

/** Restores the initial content; returns false if the schema changed or other clients are connected. */
async function restoreContent({ client }: PostgresDatabase): Promise<boolean> {
  try {
    if ((await schemaFingerprint(client)) !== pristine?.schema) return false;
    await client.query(pristine.reset);
    return true;
  } catch {
    // The test closed all connections or stopped the server.
    return false;
  }
}

/** Fingerprint of tables, triggers, functions, settings and open connections. */
async function schemaFingerprint(client: pg.Client): Promise<string> {
  // Object IDs below 16384 belong to PostgreSQL itself.
  const { rows } = await client.query(`select
    (select array_agg((oid, xmin)::text order by oid) from pg_class where oid >= 16384) as tables,
    (select (count(*), max(xmin::text::bigint))::text from pg_attribute where attrelid >= 16384) as columns,
    (select (count(*), max(xmin::text::bigint))::text from pg_constraint where oid >= 16384) as constraints,
    (select (count(*), max(xmin::text::bigint))::text from pg_trigger where oid >= 16384) as triggers,
    (select (count(*), max(xmin::text::bigint))::text from pg_proc where oid >= 16384) as functions,
    (select count(*) from pg_db_role_setting) as settings,
    (select count(*) from pg_stat_activity where datname = current_database()) as connections`);
  return JSON.stringify(rows);
}

/** Returns SQL that resets every table to its current rows. */
async function resetStatements(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ table: string }>(
    `select oid::regclass::text as table from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  // Disables foreign keys, so that rows may be deleted in any order.
  const statements = ["set session_replication_role = replica"];
  for (const { table } of rows) {
    statements.push(`delete from ${table}`);
    const {
      rows: [content],
    } = await client.query<{ json: string | null }>(`select json_agg(t)::text as json from ${table} t`);
    if (content?.json)
      statements.push(`insert into ${table} select * from json_populate_recordset(null::${table}, ${client.escapeLiteral(content.json)})`);
  }
  return statements.join(";\n");
}

let adminClient: Promise<pg.Client> | undefined;

/** Runs a statement on the server's default database, on one shared connection. */
async function runOnServer(statement: string): Promise<void> {
  adminClient ??= connect("postgres", () => {
    adminClient = undefined;
  });
  await (await adminClient).query(statement);
}

async function connect(database: string, onLost = () => {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: `${server}${database}` });
  // A connection may emit several errors.
  client.on("error", onLost);
  try {
    await client.connect();
  } catch (error) {
    onLost();
    throw error;
  }
  return client;
}
