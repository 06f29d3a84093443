/** A database of one's own, on the engine that this run of tests is for. */
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

export interface TestDatabase {
  /** For `DATABASE_URL`. */
  readonly url: string;
  /** A folder of its own, for whatever else the test keeps. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** The server's URL up to the database's name; undefined where the run is for SQLite. */
const server = process.env["TEST_POSTGRES"];

/** A migrated file of SQLite, where the run has made one. */
const template = process.env["TEST_SQLITE"];

export const engine = server === undefined ? "sqlite" : "postgres";

/** Migrated on PostgreSQL; on SQLite a file that is not there yet, unless it is asked for. */
export async function makeDatabase({ isMigrated = false } = {}): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  if (server === undefined && isMigrated && template !== undefined) copyFileSync(template, `${folder}/test.sqlite`);
  if (server === undefined) return { url: `sqlite:${folder}/test.sqlite`, folder, remove: async () => removeFolder() };
  const name = emptied.pop() ?? (await createDatabase());
  return {
    url: `${server}${name}`,
    folder,
    remove: async () => {
      if (await empty(name)) emptied.push(name);
      else await ask(`drop database ${name} with (force)`);
      removeFolder();
    },
  };
}

/** Databases of PostgreSQL that are as new again: making one takes longer than most tests do with it. */
const emptied: string[] = [];

/** What the first one was like. */
let asNew: { readonly schema: string; readonly refill: string } | undefined;

async function createDatabase(): Promise<string> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await ask(`create database ${name} template latchkey_template strategy file_copy`);
  asNew ??= await withClient(name, async (client) => ({ schema: await schemaOf(client), refill: await refillOf(client) }));
  return name;
}

/** Makes a database as it was when it was made; false where more than its rows was changed, or where somebody else is connected. */
async function empty(name: string): Promise<boolean> {
  return withClient(name, async (client) => {
    if ((await schemaOf(client)) !== asNew?.schema) return false;
    await client.query(asNew.refill);
    return true;
  });
}

/** Changes with every change of a table, trigger, function or setting, and with every other connection. */
async function schemaOf(client: pg.Client): Promise<string> {
  const catalogs = ["pg_class", "pg_attribute", "pg_index", "pg_constraint", "pg_trigger", "pg_proc", "pg_namespace", "pg_rewrite"];
  const { rows } = await client.query(`select
    array[${catalogs.map((catalog) => `(select (count(*), max(xmin::text::bigint))::text from ${catalog})`)}] as catalogs,
    (select count(*) from pg_db_role_setting) as settings,
    (select count(*) from pg_stat_activity where datname = current_database()) as connections`);
  return JSON.stringify(rows);
}

/** Statements that leave in each table just what is in it now. */
async function refillOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ table: string }>(
    `select oid::regclass::text as table from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  // So that rows may go in any order.
  const statements = ["set session_replication_role = replica"];
  for (const { table } of rows) {
    statements.push(`delete from ${table}`);
    const {
      rows: [kept],
    } = await client.query<{ json: string | null }>(`select json_agg(t)::text as json from ${table} t`);
    if (kept?.json)
      statements.push(`insert into ${table} select * from json_populate_recordset(null::${table}, ${client.escapeLiteral(kept.json)})`);
  }
  return statements.join(";\n");
}

async function withClient<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(database);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

let asking: Promise<pg.Client> | undefined;

/** Asks the server something that has nothing to do with one database: on one connection, for each costs as much as a database. */
async function ask(statement: string): Promise<void> {
  asking ??= connect("postgres", () => {
    asking = undefined;
  });
  await (await asking).query(statement);
}

async function connect(database: string, onLost = () => {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: `${server}${database}` });
  client.once("error", onLost);
  try {
    await client.connect();
  } catch (error) {
    onLost();
    throw error;
  }
  return client;
}
