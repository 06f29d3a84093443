/** Kysely dialect for PostgreSQL: named statements, a limit to every wait. */

import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Dialect, PostgresAdapter, PostgresDialect, type PostgresPool } from "kysely";
import pg from "pg";
import type { DatabaseOptions } from "../database.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import type { QueriesWithin } from "../write-probe.ts";
import { isReadOnly, isStalePlan, isTimeout, throwMapped } from "./errors.ts";
import { openPool, type Pool } from "./pool.ts";

/** Connects lazily: only invalid settings throw here. */
export function postgresDialect(options: Required<DatabaseOptions>): Dialect {
  const pool = openPool(options);
  const nameOf = options.isPooled ? () => undefined : statementNames();
  const adapter = new ProbingAdapter(async (query, limitMs) => {
    const client = await within(limitMs, pool.connect(), (late) => late.release());
    // An abandoned query may still run, so its connection is not reused.
    let isBroken = true;
    try {
      await client.query({ text: query.sql, values: [...query.parameters], query_timeout: limitMs } as pg.QueryConfig);
      isBroken = false;
    } catch (error) {
      isBroken = !(error instanceof pg.DatabaseError) || isReadOnly(error);
      if (isTimeout(error)) pool.cancel(client);
      throwMapped(error);
    } finally {
      client.release(isBroken);
    }
  });
  const dialect = new PostgresDialect({
    pool: {
      connect: async () => monitored(await pool.connect(), nameOf, pool),
      end: pool.end,
    } as unknown as PostgresPool,
  });
  return {
    createAdapter: () => adapter,
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

class ProbingAdapter extends PostgresAdapter implements QueriesWithin {
  readonly queryWithin: QueriesWithin["queryWithin"];
  /** `migrate` takes its own lock: Kysely's belongs to a connection, which a pooler may change in between. */
  override readonly acquireMigrationLock = async () => {};
  override readonly releaseMigrationLock = async () => {};

  constructor(queryWithin: QueriesWithin["queryWithin"]) {
    super();
    this.queryWithin = queryWithin;
  }
}

async function within<T>(limitMs: number, work: Promise<T>, onLate: (late: T) => void): Promise<T> {
  const late = new AbortController();
  const limit = pause(limitMs, undefined, { signal: late.signal, ref: false }).then(() => {
    throw new DatabaseUnavailableError("PostgreSQL did not respond in time.");
  });
  limit.catch(() => {});
  try {
    return await Promise.race([work, limit]);
  } catch (error) {
    void work.then(onLate, () => {});
    throw error;
  } finally {
    late.abort();
  }
}

type NameOf = (text: string) => string | undefined;

/** PostgreSQL plans a named statement once per connection. */
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

/** Routine of the notice that a synchronous standby did not confirm a commit. */
const unreplicated = "SyncRepWaitForLSN";

/** Wraps a connection for one query or transaction. */
function monitored(client: pg.PoolClient, nameOf: NameOf, { retire, cancel }: Pool) {
  let isBroken = false;
  let isUnconfirmed = false;
  const onNotice = ({ routine }: { routine?: string | undefined }) => {
    isUnconfirmed ||= routine === unreplicated;
  };
  client.on("notice", onNotice as never);
  const run = async (text: string, values: readonly unknown[], name?: string) => {
    const result = await client.query({ text, values: values.map(withoutNul), ...(name ? { name } : {}) });
    // Lost writes: a failover would lose a commit that the standby has not confirmed.
    if (isUnconfirmed) throw new DatabaseUnavailableError("PostgreSQL has lost its synchronous standby.");
    return result;
  };
  return {
    query: async (text: string, values: readonly unknown[]) => {
      // A rollback on a broken connection would wait for the timeout.
      if (isBroken) throw new DatabaseUnavailableError("PostgreSQL is not responding.");
      try {
        return await run(text, values, values.length === 0 ? undefined : nameOf(text));
      } catch (error) {
        if (isReadOnly(error) || isStalePlan(error)) retire();
        // Outside a transaction only: `inTransaction` retries a whole transaction.
        if (isStalePlan(error) && client.getTransactionStatus() === "I") return await run(text, values).catch(throwMapped);
        // A query without an answer may still run, so its connection is not reused.
        isBroken ||= !(error instanceof pg.DatabaseError);
        if (isTimeout(error)) cancel(client);
        return throwMapped(error);
      }
    },
    release: (isDiscarded = false) => {
      client.off("notice", onNotice as never);
      client.release(isBroken || isDiscarded);
    },
  };
}

/** PostgreSQL text cannot hold U+0000: it is replaced by U+FFFD. */
function withoutNul(value: unknown): unknown {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\u{fffd}") : value;
}
