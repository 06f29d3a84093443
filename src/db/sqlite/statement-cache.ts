/** An open SQLite file with its statements, each prepared once. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import type { CompiledQuery, QueryResult } from "kysely";

const mostStatements = 500;

type Row = Record<string, SQLOutputValue>;

interface Prepared {
  readonly statement: StatementSync;
  /** Of the columns that it gives; none where it gives no rows. */
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

  /** The first row of what only reads. */
  first({ sql, parameters }: CompiledQuery): Row | undefined {
    const { statement, names } = this.#prepared(sql);
    const row: unknown = statement.get(...parameters.map(bindable));
    return row === undefined ? undefined : asRow(names, row);
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= mostStatements) this.#statements.clear();
    const statement = this.database.prepare(sql);
    // The engine would make the names of all columns anew for each row, which takes longer than to find it.
    statement.setReturnArrays(true);
    const made = { statement, names: statement.columns().map(({ name }) => name) };
    this.#statements.set(sql, made);
    return made;
  }
}

function asRow(names: readonly string[], values: unknown): Row {
  const row: Row = {};
  for (let i = 0; i < names.length; i++) row[names[i] as string] = (values as SQLOutputValue[])[i] as SQLOutputValue;
  return row;
}

/** Node takes an object in the first place for named parameters without a word, so what cannot be stored is refused here. */
function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`A value of type ${typeof value} cannot be stored.`);
}
