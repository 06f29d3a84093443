/** A database of one's own, migrated, on the engine that this run of tests is for. */
import { mkdtempSync, rmSync } from "node:fs";
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

export const engine = server === undefined ? "sqlite" : "postgres";

export async function makeDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
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

/** Asks the server something that has nothing to do with one database. */
async function ask(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}postgres` });
  await client.connect();
  await client.query(statement);
  await client.end();
}
