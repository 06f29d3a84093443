/** Copies a database into another, of any engine, and compares checksums. */
import { createHash } from "node:crypto";
import { columns, primaryKeys } from "./columns.ts";
import type { Database } from "./database.ts";
import { pendingMigrations, requireKnownSchema, SchemaError } from "./migrate.ts";
import type { Schema } from "./schema.ts";

type Table = keyof Schema;
type Row = Record<string, unknown>;

const perBatch = 1_000;

/** The target has other accounts, or differs after the copy. The message is one line for the administrator. */
export class CopyError extends Error {
  override name = "CopyError";
}

export interface Copied {
  readonly table: Table;
  readonly rows: number;
  /** SHA-256 in hex of all rows in key order; the same on every engine. */
  readonly checksum: string;
}

/**
 * Copies missing rows in batches, and compares counts and checksums; an interrupted copy can be run again. Throws {@link CopyError} if
 * the target has other accounts, {@link SchemaError} if a database is not migrated or is newer.
 */
export async function copyDatabase(from: Database, to: Database, onProgress: (table: Table, rows: number) => void): Promise<Copied[]> {
  for (const db of [from, to]) {
    await requireKnownSchema(db);
    const [pending] = await pendingMigrations(db);
    if (pending) throw new SchemaError(`A database has a pending migration: ${pending}.`, 'Run "latchkey migrate" on it first.');
  }
  const copied: Copied[] = [];
  // One snapshot of the source. A SQLite source accepts no writes until the copy ends.
  await from
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (source) => {
      await requireNoOtherAccounts(source, to);
      for (const table of Object.keys(primaryKeys) as Table[]) {
        await deleteDifferent(source, to, table);
        await insertMissing(source, to, { table, onProgress });
      }
      for (const table of Object.keys(primaryKeys) as Table[]) copied.push(await compare(source, to, table));
    });
  return copied;
}

/** Data loss: a repeated copy must not delete accounts that were created in the target since. */
async function requireNoOtherAccounts(from: Database, to: Database): Promise<void> {
  for await (const rows of batches(to, "users")) {
    if ((await pick(from, "users", rows)).length === rows.length) continue;
    throw new CopyError("The target contains accounts that the source does not have, so nothing was changed. Copy to an empty database.");
  }
}

/** Deletes rows of the target that are missing or different in the source, such as ended sessions. */
async function deleteDifferent(from: Database, to: Database, table: Table): Promise<void> {
  for await (const rows of batches(to, table)) {
    const there = new Map((await pick(from, table, rows)).map((row) => [keyOf(table, row), fingerprint(row)]));
    // A new account in the target stays: the checksum comparison reports it.
    const isDeletable = (key: string) => table !== "users" || there.has(key);
    const others = rows.filter((row) => there.get(keyOf(table, row)) !== fingerprint(row) && isDeletable(keyOf(table, row)));
    if (others.length > 0) await remove(to, table, others);
  }
}

async function insertMissing(
  from: Database,
  to: Database,
  { table, onProgress }: { table: Table; onProgress: (table: Table, rows: number) => void },
) {
  let done = 0;
  for await (const rows of batches(from, table)) {
    const there = new Set((await pick(to, table, rows)).map((row) => keyOf(table, row)));
    const missing = rows.filter((row) => !there.has(keyOf(table, row)));
    if (missing.length > 0)
      await to
        .insertInto(table)
        .values(missing as never)
        .execute();
    done += rows.length;
    onProgress(table, done);
  }
}

async function compare(from: Database, to: Database, table: Table): Promise<Copied> {
  const [here, there] = [await digest(from, table), await digest(to, table)];
  if (here.checksum !== there.checksum) {
    throw new CopyError(
      `${table} differs: ${here.rows} rows in the source, ${there.rows} in the target. Is a server still writing to one of them?`,
    );
  }
  return here;
}

async function digest(db: Database, table: Table): Promise<Copied> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const rows of batches(db, table)) {
    for (const row of rows) hash.update(`${fingerprint(row)}\n`);
    count += rows.length;
  }
  return { table, rows: count, checksum: hash.digest("hex") };
}

/** Pages through a table in key order, which every engine compares byte by byte. */
async function* batches(db: Database, table: Table): AsyncGenerator<Row[]> {
  const key = primaryKeys[table] as "id";
  let last: unknown;
  for (;;) {
    const rows: Row[] = await db
      .selectFrom(table as "users")
      .select(columns[table] as typeof columns.users)
      .$if(last !== undefined, (query) => query.where(key, ">", last as string))
      .orderBy(key)
      .limit(perBatch)
      .execute();
    if (rows.length > 0) yield rows;
    if (rows.length < perBatch) return;
    last = rows.at(-1)?.[key];
  }
}

function pick(db: Database, table: Table, rows: readonly Row[]): Promise<Row[]> {
  const key = primaryKeys[table] as "id";
  return db
    .selectFrom(table as "users")
    .select(columns[table] as typeof columns.users)
    .where(
      key,
      "in",
      rows.map((row) => row[key] as string),
    )
    .execute();
}

async function remove(db: Database, table: Table, rows: readonly Row[]): Promise<void> {
  const key = primaryKeys[table] as "id";
  await db
    .deleteFrom(table as "users")
    .where(
      key,
      "in",
      rows.map((row) => row[key] as string),
    )
    .execute();
}

function keyOf(table: Table, row: Row): string {
  return String(asText(row[primaryKeys[table]]));
}

/** A row as text that is equal on every engine. */
function fingerprint(row: Row): string {
  return JSON.stringify(
    Object.keys(row)
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((name) => [name, asText(row[name])]),
  );
}

function asText(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
