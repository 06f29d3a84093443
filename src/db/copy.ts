/** Moves everything from one database to another, of the same engine or not, and proves that it arrived. */
import { createHash } from "node:crypto";
import { columns } from "./columns.ts";
import type { Database } from "./database.ts";
import { pendingMigrations, requireKnownSchema, SchemaError } from "./migrate.ts";
import type { Schema } from "./schema.ts";

type Table = keyof Schema;
type Row = Record<string, unknown>;

/** Each table with its key. Accounts first, for the others refer to them. */
const keys = {
  users: "id",
  sessions: "token_hash",
  tokens: "token_hash",
  limits: "budget",
  outbox: "id",
  audit: "id",
  signing_keys: "id",
  imports: "id",
  spent_cookies: "cookie_hash",
  sent_forms: "id",
  resting_usernames: "key_hash",
  audit_seals: "record_id",
  audit_days: "day",
  audit_erasures: "owner",
  audit_head: "id",
  write_probes: "id",
} as const satisfies Record<Table, string>;

const perBatch = 1_000;

/** The target is not what it must be for a copy, or did not become it. The message is one line for the operator. */
export class CopyError extends Error {
  override name = "CopyError";
}

export interface Copied {
  readonly table: Table;
  readonly rows: number;
  /** SHA-256 over all rows in the order of their keys, in hex; the same on both sides. */
  readonly checksum: string;
}

/**
 * Copies every row that the target lacks, in batches, and compares counts and checksums. What an interrupted copy left is
 * kept, so it can be run again. Throws {@link CopyError} where the target has accounts of its own, {@link SchemaError} where either
 * side has not been migrated, or was by a newer version.
 */
export async function copyDatabase(from: Database, to: Database, onProgress: (table: Table, rows: number) => void): Promise<Copied[]> {
  for (const db of [from, to]) {
    await requireKnownSchema(db);
    const [pending] = await pendingMigrations(db);
    if (pending) throw new SchemaError(`A database lacks ${pending}.`, 'Run "latchkey migrate" on it first.');
  }
  const copied: Copied[] = [];
  // One view of the source from the first row to the last; a file takes no writes meanwhile.
  await from
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (source) => {
      await requireNoStrangers(source, to);
      for (const table of Object.keys(keys) as Table[]) {
        await removeOthers(source, to, table);
        await addMissing(source, to, { table, onProgress });
      }
      for (const table of Object.keys(keys) as Table[]) copied.push(await compare(source, to, table));
    });
  return copied;
}

/** Before anything is removed: what goes live in the target must not be lost by a copy that is run once more. */
async function requireNoStrangers(from: Database, to: Database): Promise<void> {
  for await (const rows of batches(to, "users")) {
    if ((await pick(from, "users", rows)).length === rows.length) continue;
    throw new CopyError("The target has accounts that the source does not have. Nothing was removed: copy into an empty database.");
  }
}

/** What the target has and the source has not, or has otherwise: sessions that ended since, an account that changed. */
async function removeOthers(from: Database, to: Database, table: Table): Promise<void> {
  for await (const rows of batches(to, table)) {
    const there = new Map((await pick(from, table, rows)).map((row) => [keyOf(table, row), fingerprint(row)]));
    // An account that is new since is a stranger, which the comparison finds.
    const isOurs = (key: string) => table !== "users" || there.has(key);
    const others = rows.filter((row) => there.get(keyOf(table, row)) !== fingerprint(row) && isOurs(keyOf(table, row)));
    if (others.length > 0) await remove(to, table, others);
  }
}

async function addMissing(
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
      `${table} differs: ${here.rows} rows in the source, ${there.rows} in the target. Is a program writing to one of them?`,
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

/** All rows of a table in the order of their keys, which both engines compare byte by byte. */
async function* batches(db: Database, table: Table): AsyncGenerator<Row[]> {
  const key = keys[table] as "id";
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
  const key = keys[table] as "id";
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
  const key = keys[table] as "id";
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
  return String(asText("", row[keys[table]]));
}

/** A row as text that is the same from either engine. */
function fingerprint(row: Row): string {
  return JSON.stringify(
    Object.keys(row)
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((name) => [name, asText(name, row[name])]),
  );
}

function asText(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
