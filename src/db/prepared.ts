/** Queries that are put together once: for most of them, that takes longer than running them. */
import type { Compilable, CompiledQuery, Insertable, InsertResult, QueryResult } from "kysely";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";

/** Stands in a query for a value that is known when it runs. */
class Placeholder {
  readonly name: PropertyKey;
  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/** Gives what stands for a value while a query is put together. */
export type Placeholders<Values> = <Name extends keyof Values>(name: Name) => Values[Name];

/** A query that lacks nothing but its values. */
export interface Prepared<Values, Row> {
  (db: Database, values: Values): Promise<QueryResult<Row>>;
  /** What it would ask of the engine, without asking. */
  readonly compile: (db: Database, values: Values) => CompiledQuery<Row>;
}

/** Puts a query together at its first use on a database; `value` names what it is given each time. */
export function prepared<Values, Row>(build: (db: Database, value: Placeholders<Values>) => Compilable<Row>): Prepared<Values, Row> {
  // By the adapter, which a database and its transactions share: another engine wants other words.
  const compiled = new WeakMap<object, CompiledQuery<Row>>();
  const compile = (db: Database, values: Values): CompiledQuery<Row> => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (!query) {
      query = build(db, (name) => new Placeholder(name) as never).compile();
      compiled.set(adapter, query);
    }
    const parameters = query.parameters.map((one) => (one instanceof Placeholder ? values[one.name as keyof Values] : one));
    return { query: query.query, queryId: query.queryId, sql: query.sql, parameters };
  };
  return Object.assign((db: Database, values: Values) => db.executeQuery<Row>(compile(db, values)), { compile });
}

/** Adds a row of a table; the first with certain columns puts the query together for all that have them. */
export function preparedInsert<Table extends keyof Schema>(table: Table): (db: Database, row: Insertable<Schema[Table]>) => Promise<void> {
  const made = new Map<string, Prepared<Insertable<Schema[Table]>, InsertResult>>();
  return async (db, row) => {
    const columns = Object.keys(row);
    const known = made.get(columns.join());
    const query =
      known ??
      prepared((on, value: Placeholders<Insertable<Schema[Table]>>) =>
        on.insertInto(table).values(Object.fromEntries(columns.map((name) => [name, value(name as never)])) as never),
      );
    if (!known) made.set(columns.join(), query);
    await query(db, row);
  };
}

/** One such query for each form that it comes in: for each length of a list, or with and without a column. */
export function preparedVariants<Form extends number | boolean, Values, Row>(
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
