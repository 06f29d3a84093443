/** Looks up a row by a unique key: synchronously, or batched. */
import { type CompiledQuery, PostgresAdapter, type SelectQueryBuilder, sql } from "kysely";
import type { Database } from "./database.ts";
import { type Placeholders, type Prepared, prepared } from "./prepared.ts";

/** Adapter of an engine that reads synchronously. */
export interface ReadsSync {
  /** Returns the first row of a read outside transactions; undefined before the database is open. */
  readSync: ((query: CompiledQuery) => unknown) | undefined;
}

/** Maximum keys of one batch. */
const maxPerBatch = 500;

/** `select` has no condition on `key`, which is a unique column of bytes. */
export function sessionLookup<Row>(
  key: "sessions.token_hash",
  select: (db: Database) => SelectQueryBuilder<never, never, Row>,
): (db: Database, value: Uint8Array) => Promise<Row | undefined> {
  const column = sql<Uint8Array>`${sql.ref(key)}`;
  const one = prepared((db, value: Placeholders<{ key: Uint8Array }>) => select(db).where(column, "=", value("key") as never));
  const many = prepared((db, value: Placeholders<{ keys: readonly Uint8Array[] }>) =>
    select(db)
      .select(column.as("found_by"))
      .where(column, "=", sql`any(${value("keys")})` as never),
  );
  const batches = new WeakMap<object, (db: Database, value: Uint8Array) => Promise<Row | undefined>>();
  return async (db, value) => {
    const { adapter } = db.getExecutor();
    if (db.isTransaction || !(adapter instanceof PostgresAdapter)) return readFirst(db, one, { key: value });
    const known = batches.get(adapter) ?? batched(one, many);
    batches.set(adapter, known);
    return known(db, value);
  };
}

/** Returns the first row of a read: synchronously if the engine can, which takes a third of the time. */
export async function readFirst<Values, Row>(db: Database, query: Prepared<Values, Row>, values: Values): Promise<Row | undefined> {
  const { readSync } = db.getExecutor().adapter as Partial<ReadsSync>;
  if (readSync !== undefined && !db.isTransaction) return readSync(query.compile(db, values)) as Row | undefined;
  return (await query(db, values)).rows[0];
}

interface Waiting<Row> {
  readonly value: Uint8Array;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects the lookups of one turn of the event loop and runs them as one query, which starts after all of them were requested. */
function batched<Row>(
  one: Prepared<{ key: Uint8Array }, Row>,
  many: Prepared<{ keys: readonly Uint8Array[] }, Row & { found_by: Uint8Array }>,
): (db: Database, value: Uint8Array) => Promise<Row | undefined> {
  let waiting: Waiting<Row>[] = [];
  const run = async (db: Database, batch: readonly Waiting<Row>[]) => {
    const [first] = batch;
    if (first === undefined) return;
    try {
      if (batch.length === 1) return first.resolve((await one(db, { key: first.value })).rows[0]);
      const { rows } = await many(db, { keys: batch.map(({ value }) => value) });
      const found = new Map(rows.map((row) => [textOf(row.found_by), row]));
      for (const { value, resolve } of batch) resolve(found.get(textOf(value)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return (db, value) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) {
        setImmediate(() => {
          const all = waiting;
          waiting = [];
          for (let i = 0; i < all.length; i += maxPerBatch) void run(db, all.slice(i, i + maxPerBatch));
        });
      }
      waiting.push({ value, resolve, reject });
    });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
