/** Reads the source database in batches; never writes to it. */
import { existsSync } from "node:fs";
import type { SQLInputValue } from "node:sqlite";
import { type RawBuilder, sql } from "kysely";
import { compiler } from "../db/compiler.ts";
import { nonFileKind } from "../platform/regular-file.ts";

/** An expected failure. The message is one line. */
export class ImportError extends Error {
  override name = "ImportError";
}

export type Row = Readonly<Record<string, unknown>>;

export interface Source {
  /** Column names; empty if the table does not exist. */
  readonly columns: (table: string) => Promise<string[]>;
  readonly count: (table: string) => Promise<number>;
  /** Number of rows with NULL in a column. */
  readonly countWithout: (table: string, column: string) => Promise<number>;
  /** A batch of rows after a key, in key order. */
  readonly page: (page: { table: string; columns: readonly string[]; key: string; after: unknown; count: number }) => Promise<Row[]>;
  /** Rows with one of the values in a column. */
  readonly having: (rows: { table: string; columns: readonly string[]; column: string; values: readonly unknown[] }) => Promise<Row[]>;
  readonly close: () => Promise<void>;
}

/** Opens `sqlite:PATH` or `postgres://…`; accepts SQLAlchemy driver names. Throws {@link ImportError}. */
export async function openSource(url: string): Promise<Source> {
  if (url.startsWith("sqlite:")) return openFile(url.slice("sqlite:".length));
  if (/^postgres(?:ql)?(?:\+\w+)?:\/\//.test(url)) return openServer(url.replace(/^postgres(?:ql)?(?:\+\w+)?:/, "postgres:"));
  throw new ImportError("--from must be a SQLite path such as sqlite:///app.db, or a URL such as postgres://name@host/database");
}

async function openFile(path: string): Promise<Source> {
  if (!existsSync(path)) throw new ImportError(`--from: no such file: ${path}`);
  const instead = nonFileKind(path);
  if (instead !== undefined) throw new ImportError(`--from: ${path} is ${instead}, not a file`);
  const { DatabaseSync } = await import("node:sqlite");
  const file = new DatabaseSync(path, { readOnly: true });
  const run = runner("sqlite", async (text, parameters) => {
    const statement = file.prepare(text);
    // node:sqlite throws on 64-bit integers unless they are read as BigInt.
    statement.setReadBigInts(true);
    return statement.all(...(parameters as SQLInputValue[])) as Row[];
  });
  await run(sql`select name from sqlite_master limit 1`).catch(() => {
    throw new ImportError(`--from: ${path} is not a SQLite database`);
  });
  const names = async (table: string) => (await run(sql`select name from pragma_table_info(${table})`)).map(({ name }) => String(name));
  return { ...reading(run, names), close: async () => file.close() };
}

async function openServer(url: string): Promise<Source> {
  const { default: pg } = await import("pg");
  // Dates are read as text: `pg` would interpret dates without a zone in the zone of this machine.
  const getTypeParser = ((oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.TIMESTAMP || oid === pg.types.builtins.DATE
      ? (value: unknown) => value
      : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser;
  const client = new pg.Client({ connectionString: url, application_name: "latchkey import", types: { getTypeParser } });
  // A broken connection is reported by the current or next query.
  client.on("error", () => {});
  await client.connect().catch((error: Error) => {
    throw new ImportError(`--from: ${error.message || "the server is unavailable"}`);
  });
  await client.query("set default_transaction_read_only = on");
  const run = runner("postgres", async (text, parameters) => (await client.query(text, [...parameters])).rows as Row[]);
  const names = async (table: string) => {
    const rows = await run(
      sql`select column_name as name from information_schema.columns where table_schema = any(current_schemas(false)) and table_name = ${table}`,
    );
    return rows.map(({ name }) => String(name));
  };
  return { ...reading(run, names), close: () => client.end() };
}

/** Runs a query of one SQL dialect; errors are one line. */
function runner(engine: "sqlite" | "postgres", ask: (text: string, parameters: readonly unknown[]) => Promise<Row[]>): Run {
  const maker = compiler(engine);
  return async (query) => {
    const { sql: text, parameters } = query.compile(maker);
    try {
      return await ask(text, parameters);
    } catch (error) {
      throw new ImportError(`--from: ${(error as Error).message}`, { cause: error });
    }
  };
}

type Run = (query: RawBuilder<unknown>) => Promise<Row[]>;

/** SQL injection: identifiers are quoted and values are parameters. */
function reading(run: Run, columns: Source["columns"]): Omit<Source, "close"> {
  const listed = (names: readonly string[]) => sql.join(names.map((name) => sql.id(name)));
  return {
    columns,
    count: async (table) => Number((await run(sql`select count(*) as count from ${sql.id(table)}`))[0]?.["count"] ?? 0),
    countWithout: async (table, column) =>
      Number((await run(sql`select count(*) as count from ${sql.id(table)} where ${sql.id(column)} is null`))[0]?.["count"] ?? 0),
    page: ({ table, columns: names, key, after, count }) => {
      // NULL keys would end the paging early, so they are counted and skipped.
      const from = after === undefined ? sql`where ${sql.id(key)} is not null` : sql`where ${sql.id(key)} > ${after}`;
      return run(sql`select ${listed(names)} from ${sql.id(table)} ${from} order by ${sql.id(key)} limit ${count}`);
    },
    having: ({ table, columns: names, column, values }) =>
      run(sql`select ${listed(names)} from ${sql.id(table)} where ${sql.id(column)} in (${sql.join(values)})`),
  };
}
