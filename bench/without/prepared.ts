/** Compiles queries at each execution. */
import type { Compilable, CompiledQuery, Insertable, QueryResult } from "kysely";
import type { Database } from "../../src/db/database.ts";
import type { Schema } from "../../src/db/schema.ts";

export type Placeholders<Values> = <Name extends keyof Values>(name: Name) => Values[Name];

export interface Prepared<Values, Row> {
  (db: Database, values: Values): Promise<QueryResult<Row>>;
  readonly compile: (db: Database, values: Values) => CompiledQuery<Row>;
}

export function prepared<Values, Row>(build: (db: Database, value: Placeholders<Values>) => Compilable<Row>): Prepared<Values, Row> {
  const compile = (db: Database, values: Values) => build(db, (name) => values[name]).compile();
  return Object.assign((db: Database, values: Values) => db.executeQuery<Row>(compile(db, values)), { compile });
}

export function preparedInsert<Table extends keyof Schema>(table: Table): (db: Database, row: Insertable<Schema[Table]>) => Promise<void> {
  return async (db, row) => {
    await db
      .insertInto(table)
      .values(row as never)
      .execute();
  };
}

export function preparedVariants<Form extends number | boolean, Values, Row>(
  make: (form: Form) => Prepared<Values, Row>,
): (form: Form) => Prepared<Values, Row> {
  return make;
}
