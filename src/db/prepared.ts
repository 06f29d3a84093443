/** Queries that are put together once: for most of them, that takes longer than running them. */
import type { Compilable, CompiledQuery, Insertable, InsertResult, QueryResult } from "kysely";
import type { Soon } from "../soon.ts";
import type { Database } from "./open.ts";
import type { Schema } from "./schema.ts";

/** Stands in a query for a value that is known when it runs. */
class Slot {
  readonly name: PropertyKey;
  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/** Gives what stands for a value while a query is put together. */
export type Slots<Values> = <Name extends keyof Values>(name: Name) => Values[Name];

/** A query that lacks nothing but its values. */
export type Prepared<Values, Row> = (db: Database, values: Values) => Promise<QueryResult<Row>>;

/** Puts a query together at its first use on a database; `value` names what it is given each time. */
export function prepared<Values, Row>(build: (db: Database, value: Slots<Values>) => Compilable<Row>): Prepared<Values, Row> {
  return compiling(build).query;
}

function compiling<Values, Row>(build: (db: Database, value: Slots<Values>) => Compilable<Row>) {
  // By the adapter, which a database and its transactions share: another engine wants other words.
  const compiled = new WeakMap<object, CompiledQuery<Row>>();
  const compile = (db: Database): CompiledQuery<Row> => {
    const { adapter } = db.getExecutor();
    const known = compiled.get(adapter);
    if (known) return known;
    const made = build(db, (name) => new Slot(name) as never).compile();
    compiled.set(adapter, made);
    return made;
  };
  const query: Prepared<Values, Row> = (db, values) => {
    const made = compile(db);
    return db.executeQuery<Row>({ query: made.query, queryId: made.queryId, sql: made.sql, parameters: filled(made.parameters, values) });
  };
  return { query, compile };
}

function filled<Values>(parameters: readonly unknown[], values: Values): unknown[] {
  return parameters.map((one) => (one instanceof Slot ? values[one.name as keyof Values] : one));
}

/** What an engine's adapter has where it reads without waiting. */
export interface ReadsAtOnce {
  /** Gives the first row of a query that only reads, outside of transactions; undefined before the database is open. */
  readFirst: ((sql: string, parameters: readonly unknown[]) => unknown) | undefined;
}

/** Finds a row by what only one has. */
export type PreparedFind<Values, Row> = (db: Database, values: Values) => Soon<Row | undefined>;

/** The same as `prepared` for what gives a row at most: at once where the engine can, so that a page makes no detour for it. */
export function preparedFind<Values, Row>(build: (db: Database, value: Slots<Values>) => Compilable<Row>): PreparedFind<Values, Row> {
  const { query, compile } = compiling(build);
  return (db, values) => {
    const { adapter } = db.getExecutor();
    const { readFirst } = adapter as Partial<ReadsAtOnce>;
    if (readFirst === undefined || db.isTransaction) return query(db, values).then(({ rows }) => rows[0]);
    const { sql, parameters } = compile(db);
    return readFirst(sql, filled(parameters, values)) as Row | undefined;
  };
}

/** Adds a row of a table; the first with certain columns puts the query together for all that have them. */
export function preparedInsert<Table extends keyof Schema>(table: Table): (db: Database, row: Insertable<Schema[Table]>) => Promise<void> {
  const made = new Map<string, Prepared<Insertable<Schema[Table]>, InsertResult>>();
  return async (db, row) => {
    const columns = Object.keys(row);
    const known = made.get(columns.join());
    const query =
      known ??
      prepared((on, value: Slots<Insertable<Schema[Table]>>) =>
        on.insertInto(table).values(Object.fromEntries(columns.map((name) => [name, value(name as never)])) as never),
      );
    if (!known) made.set(columns.join(), query);
    await query(db, row);
  };
}

/** One such query for each form that it comes in: for each length of a list, or with and without a column. */
export function preparedFor<Form extends number | boolean, Values, Row>(
  make: (form: Form) => Prepared<Values, Row>,
): (form: Form) => Prepared<Values, Row> {
  const made = new Map<Form, Prepared<Values, Row>>();
  return (form) => {
    const known = made.get(form);
    if (known) return known;
    const fresh = make(form);
    made.set(form, fresh);
    return fresh;
  };
}
