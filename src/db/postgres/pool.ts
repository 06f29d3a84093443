/** Connections to PostgreSQL: to one host or to the first of several that takes writes, each with its errors handled for as long as we hold it. */
import pg from "pg";
import { type PostgresUrl, postgresUrlProblem, readPostgresUrl } from "../../platform/postgres-url.ts";
import type { DatabaseOptions } from "../database.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import { mapError } from "./errors.ts";

export interface Pool {
  /** A connection that may be used. Throws {@link DatabaseUnavailableError}, naming every host that was tried. */
  readonly connect: () => Promise<pg.PoolClient>;
  /** Connections made before now are not handed out again: the server has turned read-only, or changed its tables. */
  readonly retire: () => void;
  /** Ends what a connection still waits for on the server, such as a lost standby: closing it would not, and it would hold its place there. */
  readonly cancel: (client: pg.PoolClient) => void;
  readonly end: () => Promise<void>;
}

const cancelMs = 2_000;

/** Throws {@link DatabaseUnavailableError} where a file that the URL names cannot be read. */
export function openPool(options: Required<DatabaseOptions>): Pool {
  const url = readPostgresUrl(options.url);
  if (!url)
    throw new DatabaseUnavailableError(
      `It is not the URL of a PostgreSQL database: ${postgresUrlProblem(options.url) ?? "see the README"}`,
    );
  const { hosts } = url;
  /** The host that answered last is asked first. */
  let current = 0;
  let generation = 0;
  const failures = new Map<string, string>();
  const madeFor = new WeakMap<object, { readonly host: number; readonly generation: number }>();
  const fail = (host: number, error: unknown) => {
    failures.set(hosts[host]?.name ?? "", reasonOf(error));
    if (current === host) current = (host + 1) % hosts.length;
  };
  class HostClient extends pg.Client {
    readonly #host = current;

    constructor(config: pg.ClientConfig) {
      super({ ...config, connectionString: hosts[current]?.url });
      madeFor.set(this, { host: current, generation });
      // The pool listens while nobody uses the connection. Heard by nobody, an error in between would end the program.
      this.on("error", () => {});
    }

    override connect(): Promise<pg.Client>;
    override connect(done: (error: Error) => void): void;
    override connect(done?: (error: Error) => void): Promise<pg.Client> | undefined {
      // The pool passes a callback.
      super.connect((error: Error) => {
        if (error) fail(this.#host, error);
        done?.(error);
      });
      return undefined;
    }
  }
  const config = poolConfig(options, url);
  // Reads the files that the URL names.
  for (const { url: connectionString } of hosts) usable(() => new pg.Client({ connectionString }));
  const pool = new pg.Pool({
    ...config,
    Client: HostClient as never,
    onConnect: async (client: pg.ClientBase) => {
      if (!url.needsWrites) return;
      try {
        await requireWrites(client, config);
      } catch (error) {
        fail(madeFor.get(client)?.host ?? 0, error);
        throw error;
      }
    },
  } as pg.PoolConfig);
  // A connection that breaks while nobody uses it: the pool drops it, and the next request gets another.
  pool.on("error", () => {});
  const isRetired = (client: object) => (madeFor.get(client)?.generation ?? 0) < generation;
  const connect = async () => {
    for (let failed = 0; ; ) {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        failed++;
        if (failed < hosts.length) continue;
        throw hosts.length === 1 ? mapError(error) : noneLeft(hosts, failures, error);
      }
      if (!isRetired(client)) return client;
      client.release(true);
    }
  };
  const cancel = async (abandoned: pg.PoolClient) => {
    // A pooler's process is not the server's.
    const { processID } = abandoned as { processID?: number };
    if (options.isPooled || processID === undefined) return;
    const client = await connect();
    const isSameHost = madeFor.get(client)?.host === madeFor.get(abandoned)?.host;
    const query = { text: "select pg_cancel_backend($1)", values: [processID], query_timeout: cancelMs } as pg.QueryConfig;
    await (isSameHost ? client.query(query) : Promise.resolve()).then(
      () => client.release(),
      () => client.release(true),
    );
  };
  return {
    connect,
    cancel: (client) => void cancel(client).catch(() => {}),
    retire: () => {
      generation++;
    },
    end: () => pool.end(),
  };
}

function noneLeft(hosts: PostgresUrl["hosts"], failures: ReadonlyMap<string, string>, cause: unknown): DatabaseUnavailableError {
  const told = hosts.map(({ name }) => `${name}: ${failures.get(name) ?? "was not tried"}`).join("; ");
  const { hint } = mapError(cause) as { hint?: string };
  return new DatabaseUnavailableError("No PostgreSQL server takes writes.", { cause: new Error(told, { cause }), hint });
}

function reasonOf(error: unknown): string {
  const mapped = mapError(error);
  return mapped instanceof DatabaseUnavailableError ? mapped.said : String(error);
}

function usable(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    throw new DatabaseUnavailableError("DATABASE_URL cannot be used.", { cause: error, hint: "Change sslrootcert, sslcert or sslkey." });
  }
}

/** A standby refuses each write, and so does a primary whose `default_transaction_read_only` is on. */
async function requireWrites(client: pg.ClientBase, { query_timeout }: pg.PoolConfig): Promise<void> {
  const text = "select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as refuses";
  const { rows } = await client.query({ text, ...(query_timeout ? { query_timeout } : {}) } as pg.QueryConfig);
  if (rows[0]?.refuses) throw new DatabaseUnavailableError("it is read-only");
}

function poolConfig({ connections, timeoutMs, isPooled }: Required<DatabaseOptions>, { hosts }: PostgresUrl): pg.PoolConfig {
  // A pooler takes no settings that would have to stay on a connection; our own watch has to do there.
  const serverLimits = { statement_timeout: timeoutMs, lock_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs };
  return {
    max: connections,
    application_name: "latchkey",
    // All hosts together take no longer than one.
    connectionTimeoutMillis: Math.ceil(timeoutMs / hosts.length),
    // For a server that has gone without a word: its own limits, where it is there, come first.
    ...(timeoutMs === 0 ? {} : { query_timeout: timeoutMs + 1_000 }),
    ...(timeoutMs === 0 || isPooled ? {} : serverLimits),
    keepAlive: true,
    types: { getTypeParser: readerOf },
  } as pg.PoolConfig;
}

const int8 = 20;
const bytea = 17;

/** Counts and instants fit a number, where the library would give text; bytes are what SQLite gives. */
function readerOf(oid: number, format?: "text") {
  const read = pg.types.getTypeParser(oid, format);
  if (oid === int8) return Number;
  return oid === bytea ? (text: string) => new Uint8Array(read(text)) : read;
}
