/** Pools PostgreSQL connections, with failover between several hosts. */
import pg from "pg";
import { type PostgresUrl, postgresUrlProblem, readPostgresUrl } from "../../platform/postgres-url.ts";
import type { DatabaseOptions } from "../database.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import { mapError } from "./errors.ts";

export interface Pool {
  /** Throws {@link DatabaseUnavailableError}, which names every host that was tried. */
  readonly connect: () => Promise<pg.PoolClient>;
  /** Stops the reuse of existing connections: the server has turned read-only, or its tables have changed. */
  readonly retire: () => void;
  /** Cancels the running query on the server: closing the connection does not, and the query would keep its slot. */
  readonly cancel: (client: pg.PoolClient) => void;
  readonly end: () => Promise<void>;
}

const cancelMs = 2_000;

/** Throws {@link DatabaseUnavailableError} if a file that the URL names cannot be read. */
export function openPool(options: Required<DatabaseOptions>): Pool {
  const url = readPostgresUrl(options.url);
  if (!url)
    throw new DatabaseUnavailableError(
      `It is not the URL of a PostgreSQL database: ${postgresUrlProblem(options.url) ?? "see docs/configuration.md"}`,
    );
  const { hosts } = url;
  /** Index of the host that answered last; it is tried first. */
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
      // An error event without a listener would end the process; the pool listens to idle connections only.
      this.on("error", () => {});
    }

    override connect(): Promise<pg.Client>;
    override connect(done: (error: Error) => void): void;
    override connect(done?: (error: Error) => void): Promise<pg.Client> | undefined {
      // `pg.Pool` passes a callback.
      super.connect((error: Error) => {
        if (error) fail(this.#host, error);
        done?.(error);
      });
      return undefined;
    }
  }
  const config = poolConfig(options, url);
  // Validates the certificate files that the URL names.
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
  // A broken idle connection: the pool drops it, and the next query gets another.
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
    // Behind a pooler, `processID` is not one of the server.
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
  const reasons = hosts.map(({ name }) => `${name}: ${failures.get(name) ?? "not tried"}`).join("; ");
  const { hint } = mapError(cause) as { hint?: string };
  return new DatabaseUnavailableError("No PostgreSQL server accepts writes.", { cause: new Error(reasons, { cause }), hint });
}

function reasonOf(error: unknown): string {
  const mapped = mapError(error);
  return mapped instanceof DatabaseUnavailableError ? mapped.said : String(error);
}

function usable(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    throw new DatabaseUnavailableError("DATABASE_URL cannot be used.", { cause: error, hint: "Correct sslrootcert, sslcert or sslkey." });
  }
}

/** Throws on a standby, and on a primary with `default_transaction_read_only`. */
async function requireWrites(client: pg.ClientBase, { query_timeout }: pg.PoolConfig): Promise<void> {
  const text = "select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as refuses";
  const { rows } = await client.query({ text, ...(query_timeout ? { query_timeout } : {}) } as pg.QueryConfig);
  if (rows[0]?.refuses) throw new DatabaseUnavailableError("it is read-only");
}

function poolConfig({ connections, timeoutMs, isPooled }: Required<DatabaseOptions>, { hosts }: PostgresUrl): pg.PoolConfig {
  // A transaction pooler rejects session settings; the client-side `query_timeout` replaces them.
  const serverLimits = { statement_timeout: timeoutMs, lock_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs };
  return {
    max: connections,
    application_name: "latchkey",
    // All hosts share one timeout.
    connectionTimeoutMillis: Math.ceil(timeoutMs / hosts.length),
    // For a server that has vanished: a second later than its own limits.
    ...(timeoutMs === 0 ? {} : { query_timeout: timeoutMs + 1_000 }),
    ...(timeoutMs === 0 || isPooled ? {} : serverLimits),
    keepAlive: true,
    types: { getTypeParser: readerOf },
  } as pg.PoolConfig;
}

const int8 = 20;
const bytea = 17;

/** Parses bigint as a number and bytea as Uint8Array, as SQLite returns them. */
function readerOf(oid: number, format?: "text") {
  const read = pg.types.getTypeParser(oid, format);
  if (oid === int8) return Number;
  return oid === bytea ? (text: string) => new Uint8Array(read(text)) : read;
}
