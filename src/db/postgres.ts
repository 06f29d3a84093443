/** PostgreSQL under Kysely: a pool whose statements are planned once a connection, with a limit to every wait. */
import { createHash } from "node:crypto";
import { PostgresDialect, type PostgresPool } from "kysely";
import pg from "pg";
import { DatabaseUnavailableError } from "./unavailable.ts";

export interface DatabaseOptions {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly url: string;
  /** What follows is for PostgreSQL only: the most connections that one process holds. */
  readonly connections?: number;
  /** How long one statement may take, and how long a query waits for a connection. 0: for ever. */
  readonly timeoutMs?: number;
  /** Whether a pooler stands before the server that gives each transaction another connection: nothing may stay on one then. */
  readonly isPooled?: boolean;
}

/** Connections are made as they are needed, so this never fails; the first query may. */
export function postgresDialect(options: Required<DatabaseOptions>): PostgresDialect {
  const pool = new pg.Pool(poolConfig(options));
  // A connection that breaks while nobody uses it: the pool drops it, and whoever comes next gets another.
  pool.on("error", () => {});
  const nameOf = options.isPooled ? () => undefined : statementNames();
  return new PostgresDialect({
    pool: {
      connect: async () => named(await pool.connect().catch(rethrow), nameOf),
      end: () => pool.end(),
    } as unknown as PostgresPool,
  });
}

const int8 = 20;
const bytea = 17;

function poolConfig({ url, connections, timeoutMs, isPooled }: Required<DatabaseOptions>): pg.PoolConfig {
  // A pooler takes no settings that would have to stay on a connection; our own watch has to do there.
  const serverLimits = { statement_timeout: timeoutMs, lock_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs };
  return {
    connectionString: url,
    max: connections,
    application_name: "latchkey",
    connectionTimeoutMillis: timeoutMs,
    // For a server that has gone without a word: its own limits, where it is there, come first.
    ...(timeoutMs === 0 ? {} : { query_timeout: timeoutMs + 1_000 }),
    ...(timeoutMs === 0 || isPooled ? {} : serverLimits),
    keepAlive: true,
    types: { getTypeParser: readerOf },
  } as pg.PoolConfig;
}

/** Counts and instants fit a number, where the library would give text; bytes are what SQLite gives. */
function readerOf(oid: number, format?: "text") {
  const read = pg.types.getTypeParser(oid, format);
  if (oid === int8) return Number;
  return oid === bytea ? (text: string) => new Uint8Array(read(text)) : read;
}

type NameOf = (text: string) => string | undefined;

/** A statement with a name is planned once on each connection, which halves the time of a look-up. */
function statementNames(): NameOf {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known) return known;
    const name = createHash("sha256").update(text).digest("base64url").slice(0, 24);
    names.set(text, name);
    return name;
  };
}

function named(client: pg.PoolClient, nameOf: NameOf) {
  let isBroken = false;
  return {
    query: async (text: string, values: readonly unknown[]) => {
      const name = values.length === 0 ? undefined : nameOf(text);
      try {
        return await client.query({ text, values: values.map(withoutNul), ...(name ? { name } : {}) });
      } catch (error) {
        // What got no answer may still be at work: nobody else gets its connection.
        isBroken ||= !(error instanceof pg.DatabaseError);
        return rethrow(error);
      }
    },
    release: () => client.release(isBroken),
  };
}

/** PostgreSQL's text holds no U+0000. What looks for one finds nothing then, and what keeps one keeps the sign for what is no text. */
function withoutNul(value: unknown): unknown {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\u{fffd}") : value;
}

/** Classes of errors that are about the server and not about what was asked: connection, resources, operator, system. */
const unavailable = /^(?:08|28|3D|53|57|58|55P03|25P03)/;

function rethrow(error: unknown): never {
  if (error instanceof pg.DatabaseError && !unavailable.test(error.code ?? "")) throw error;
  throw new DatabaseUnavailableError("PostgreSQL does not answer.", { cause: error });
}
