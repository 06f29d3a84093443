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

/**
 * For what the database cannot change: a test or group with these options is skipped on the second engine. Races, text that is compared, and
 * every statement (in the tests of the features) are tried on both.
 */
export const onOneEngine = { skip: engine === "postgres" };

/** Migrated on PostgreSQL; on SQLite a file that is not there yet, unless it is asked for. */
export async function makeDatabase({ isMigrated = false } = {}): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  if (server === undefined && isMigrated && template !== undefined) copyFileSync(template, `${folder}/test.sqlite`);
  if (server === undefined) return { url: `sqlite:${folder}/test.sqlite`, folder, remove: async () => removeFolder() };
  const database = emptied.pop() ?? (await createDatabase());
  return {
    url: `${server}${database.name}`,
    folder,
    remove: async () => {
      if (await empty(database)) emptied.push(database);
      else await ask(`drop database ${database.name} with (force)`);
      removeFolder();
    },
  };
}

interface PostgresDatabase {
  readonly name: string;
  /** Stays for as long as the database: a connection costs as much as all that is asked on it. */
  readonly client: pg.Client;
}

/** Databases of PostgreSQL that are as new again: making one takes longer than most tests do with it. */
const emptied: PostgresDatabase[] = [];

/** What the first one was like. */
let asNew: { readonly schema: string; readonly refill: string } | undefined;

async function createDatabase(): Promise<PostgresDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await ask(`create database ${name} template latchkey_template strategy file_copy`);
  const client = await connect(name);
  asNew ??= { schema: await schemaOf(client), refill: await refillOf(client) };
  return { name, client };
}

/** Makes a database as it was when it was made; false where more than its rows was changed, or where somebody else is connected. */
async function empty({ client }: PostgresDatabase): Promise<boolean> {
  try {
    if ((await schemaOf(client)) !== asNew?.schema) return false;
    await client.query(asNew.refill);
    return true;
  } catch {
    // The test has ended every connection, or the server.
    return false;
  }
}

/** Changes with every change of a table, trigger, function or setting, and with every other connection. */
async function schemaOf(client: pg.Client): Promise<string> {
  // What has an id below 16,384 is the server's own.
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
  // More than one may follow.
  client.on("error", onLost);
  try {
    await client.connect();
  } catch (error) {
    onLost();
    throw error;
  }
  return client;
}
