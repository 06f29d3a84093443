/** Finds a row by a key that only one has, as every page view does: at once where the engine reads without waiting, else many with one question. */
import { type CompiledQuery, PostgresAdapter, type SelectQueryBuilder, sql } from "kysely";
import type { Database } from "./database.ts";
import { type Placeholders, type Prepared, prepared } from "./prepared.ts";

/** What an engine's adapter has where it reads without waiting. */
export interface ReadsSync {
  /** Gives the first row of a query that only reads, outside of transactions; undefined before the database is open. */
  readSync: ((query: CompiledQuery) => unknown) | undefined;
}

/** More of them than this are asked for by several questions. */
const mostTogether = 500;

/** `select` without its condition; `key` is the column that identifies a row, of bytes. */
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
  const gatherers = new WeakMap<object, (db: Database, value: Uint8Array) => Promise<Row | undefined>>();
  return async (db, value) => {
    const { adapter } = db.getExecutor();
    const { readSync } = adapter as Partial<ReadsSync>;
    if (readSync !== undefined && !db.isTransaction) {
      return readSync(one.compile(db, { key: value })) as Row | undefined;
    }
    if (db.isTransaction || !(adapter instanceof PostgresAdapter)) return one(db, { key: value }).then(({ rows }) => rows[0]);
    const known = gatherers.get(adapter) ?? batched(one, many);
    gatherers.set(adapter, known);
    return known(db, value);
  };
}

interface Waiting<Row> {
  readonly value: Uint8Array;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers what is wanted in one turn of the event loop and asks for it then, so that each sees the database as it is after they came. */
function batched<Row>(
  one: Prepared<{ key: Uint8Array }, Row>,
  many: Prepared<{ keys: readonly Uint8Array[] }, Row & { found_by: Uint8Array }>,
): (db: Database, value: Uint8Array) => Promise<Row | undefined> {
  let waiting: Waiting<Row>[] = [];
  const ask = async (db: Database, asked: readonly Waiting<Row>[]) => {
    const [first] = asked;
    if (first === undefined) return;
    try {
      if (asked.length === 1) return first.resolve((await one(db, { key: first.value })).rows[0]);
      const { rows } = await many(db, { keys: asked.map(({ value }) => value) });
      const found = new Map(rows.map((row) => [textOf(row.found_by), row]));
      for (const { value, resolve } of asked) resolve(found.get(textOf(value)));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  };
  return (db, value) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) {
        setImmediate(() => {
          const all = waiting;
          waiting = [];
          for (let i = 0; i < all.length; i += mostTogether) void ask(db, all.slice(i, i + mostTogether));
        });
      }
      waiting.push({ value, resolve, reject });
    });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
