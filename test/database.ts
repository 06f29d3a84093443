/** A database of one's own, on the engine that this run of tests is for. */
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
  const name = `test_${folder.replaceAll(/.*latchkey-/g, "").toLowerCase()}_${Buffer.from(folder).toString("hex").slice(-12)}`;
  await ask(`create database ${name} template latchkey_template strategy file_copy`);
  return {
    url: `${server}${name}`,
    folder,
    remove: async () => {
      await ask(`drop database ${name} with (force)`);
      removeFolder();
    },
  };
}

let asking: Promise<pg.Client> | undefined;

/** Asks the server something that has nothing to do with one database: on one connection, for each costs as much as a database. */
async function ask(statement: string): Promise<void> {
  asking ??= connect();
  await (await asking).query(statement);
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: `${server}postgres` });
  client.once("error", () => {
    asking = undefined;
  });
  await client.connect();
  return client;
}
