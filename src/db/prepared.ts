/** Compiles each query once and reuses its text. */
import type { Compilable, CompiledQuery, Insertable, InsertResult, QueryResult } from "kysely";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";

/** A parameter whose value is given at each run. */
class Placeholder {
  readonly name: PropertyKey;
  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/** Returns the placeholder of a value while a query is built. */
export type Placeholders<Values> = <Name extends keyof Values>(name: Name) => Values[Name];

/** A compiled query without its values. */
export interface Prepared<Values, Row> {
  (db: Database, values: Values): Promise<QueryResult<Row>>;
  /** Returns the query with its values without running it. */
  readonly compile: (db: Database, values: Values) => CompiledQuery<Row>;
}

/** Builds a query at its first use on a database; `value` marks the parameters. */
export function prepared<Values, Row>(build: (db: Database, value: Placeholders<Values>) => Compilable<Row>): Prepared<Values, Row> {
  // Keyed by the adapter, which a database shares with its transactions: each engine compiles its own text.
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

/** Inserts rows; one statement is compiled for each set of columns. */
export function preparedInsert<Table extends keyof Schema>(table: Table): (db: Database, row: Insertable<Schema[Table]>) => Promise<void> {
  const created = new Map<string, Prepared<Insertable<Schema[Table]>, InsertResult>>();
  return async (db, row) => {
    const columns = Object.keys(row);
    const known = created.get(columns.join());
    const query =
      known ??
      prepared((on, value: Placeholders<Insertable<Schema[Table]>>) =>
        on.insertInto(table).values(Object.fromEntries(columns.map((name) => [name, value(name as never)])) as never),
      );
    if (!known) created.set(columns.join(), query);
    await query(db, row);
  };
}

/** Caches one prepared query for each variant, such as each length of a list. */
export function preparedVariants<Form extends number | boolean, Values, Row>(
  make: (form: Form) => Prepared<Values, Row>,
): (form: Form) => Prepared<Values, Row> {
  const created = new Map<Form, Prepared<Values, Row>>();
  return (form) => {
    const known = created.get(form);
    if (known) return known;
    const fresh = make(form);
    created.set(form, fresh);
    return fresh;
  };
}
