/** Caches the prepared statements of an open SQLite file. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import type { CompiledQuery, QueryResult } from "kysely";

const maxStatements = 500;

type Row = Record<string, SQLOutputValue>;

interface Prepared {
  readonly statement: StatementSync;
  /** Names of the result columns; empty if the statement returns no rows. */
  readonly names: readonly string[];
}

export class StatementCache {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  run<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const { statement, names } = this.#prepared(sql);
    const values = parameters.map(bindable);
    if (names.length > 0) return { rows: (statement.all(...values) as unknown[]).map((row) => asRow(names, row)) as R[] };
    const { changes } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  /** Returns the first row of a read. */
  first({ sql, parameters }: CompiledQuery): Row | undefined {
    const { statement, names } = this.#prepared(sql);
    const row: unknown = statement.get(...parameters.map(bindable));
    return row === undefined ? undefined : asRow(names, row);
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= maxStatements) this.#statements.clear();
    const statement = this.database.prepare(sql);
    // Arrays: for row objects, node:sqlite creates the column names again for each row, which takes longer than the lookup.
    statement.setReturnArrays(true);
    const prepared = { statement, names: statement.columns().map(({ name }) => name) };
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

function asRow(names: readonly string[], values: unknown): Row {
  const row: Row = {};
  for (let i = 0; i < names.length; i++) row[names[i] as string] = (values as SQLOutputValue[])[i] as SQLOutputValue;
  return row;
}

/** node:sqlite silently treats a first object as named parameters, so unsupported types throw here. */
function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`A value of type ${typeof value} cannot be stored.`);
}
