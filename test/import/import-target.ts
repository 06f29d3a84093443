/** Imports into an empty database by commands, and tests logins there. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { afterEach, beforeEach, expect } from "vitest";
import { openDatabase } from "../../src/db/open.ts";
import { makeDatabase, type TestDatabase } from "../database.ts";
import { Person } from "../person.ts";
import { type Program, runCommand, startProgram } from "../program.ts";

export const knownPassword = "correct horse";

let database: TestDatabase;
let program: Program | undefined;

/** Creates the target database for each test of a file. */
export function openTargetPerTest(): void {
  beforeEach(async () => {
    database = await makeDatabase();
  });
  afterEach(async () => {
    await program?.stop();
    program = undefined;
    await database.remove();
  });
}

/** Returns the target database. */
export function importTarget(): TestDatabase {
  return database;
}

interface Report {
  readonly read: number;
  readonly imported: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly hashes: Readonly<Record<string, number>>;
  readonly suggestions: Readonly<Record<string, number>>;
  readonly troubles: Readonly<Record<string, { count: number; ids: string[] }>>;
}

type Env = Readonly<Record<string, string>>;

/** Runs a command on the target database. */
export function runInTarget(words: readonly string[], env: Env = {}, input = ""): Promise<{ code: number | null; output: string }> {
  return runCommand(database.folder, words, { DATABASE_URL: database.url, ...env }, input);
}

export function runImport(application: string, from: string, more: readonly string[] = [], env: Env = {}) {
  return runInTarget(["import", application, "--from", from, ...more], env);
}

export async function importReport(...[application, from, more = [], env = {}]: Parameters<typeof runImport>): Promise<Report> {
  const { code, output } = await runImport(application, from, [...more, "--json"], env);
  expect(output.slice(0, 500)).toMatch(/^\{/);
  expect(code).toBe(0);
  return JSON.parse(output) as Report;
}

/** Creates a database of another app with these tables; returns its URL. */
export function sourceDatabase(name: string, tables: Readonly<Record<string, readonly Record<string, string | number | null>[]>>): string {
  const path = join(database.folder, `${name}.sqlite`);
  const file = new DatabaseSync(path);
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0] ?? {});
    file.exec(`drop table if exists "${table}"; create table "${table}" (${columns.map((column) => `"${column}"`).join(", ")})`);
    for (const row of rows)
      file
        .prepare(`insert into "${table}" values (${columns.map(() => "?").join(", ")})`)
        .run(...columns.map((column) => row[column] ?? null));
  }
  file.close();
  return `sqlite:///${path}`;
}

async function serverUrl(env: Env = {}): Promise<string> {
  program ??= await startProgram(database.folder, { DATABASE_URL: database.url, ...env });
  return program.url;
}

/** Whether a user can log in with this password; expects that a wrong one is rejected. */
export async function canLogIn(email: string, password: string, env: Env = {}): Promise<boolean> {
  const url = await serverUrl(env);
  const wrong = await new Person(url, { email, password: `${password}!` }, {}).logsIn();
  expect(wrong.status).toBe(401);
  const { status } = await new Person(url, { email, password }, {}).logsIn();
  return status === 303;
}

/** Output of the server so far. */
export function serverOutput(): string {
  return program?.output() ?? "";
}

export async function rows(table: string): Promise<Record<string, unknown>[]> {
  const db = await openDatabase({ url: database.url });
  try {
    return (await sql<Record<string, unknown>>`select * from ${sql.id(table)}`.execute(db)).rows;
  } finally {
    await db.destroy();
  }
}
