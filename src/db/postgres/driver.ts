/** PostgreSQL under Kysely: a pool whose statements are planned once a connection, with a limit to every wait. */

import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Dialect, PostgresAdapter, PostgresDialect, type PostgresPool } from "kysely";
import pg from "pg";
import type { DatabaseOptions } from "../database.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import type { AsksWithin } from "../write-probe.ts";
import { isReadOnly, isStalePlan, isTimeout, throwMapped } from "./errors.ts";
import { openPool, type Pool } from "./pool.ts";

/** Connections are made as they are needed, so only settings that cannot be used fail here; the first query may. */
export function postgresDialect(options: Required<DatabaseOptions>): Dialect {
  const pool = openPool(options);
  const nameOf = options.isPooled ? () => undefined : statementNames();
  const adapter = new ProbingAdapter(async (query, limitMs) => {
    const client = await within(limitMs, pool.connect(), (late) => late.release());
    // Given up, it may still be at work: nobody else gets its connection.
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
      connect: async () => watched(await pool.connect(), nameOf, pool),
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

class ProbingAdapter extends PostgresAdapter implements AsksWithin {
  readonly askWithin: AsksWithin["askWithin"];
  /** `migrate` holds a lock of its own: the library's belongs to a connection, and a pooler hands out another one in between. */
  override readonly acquireMigrationLock = async () => {};
  override readonly releaseMigrationLock = async () => {};

  constructor(askWithin: AsksWithin["askWithin"]) {
    super();
    this.askWithin = askWithin;
  }
}

async function within<T>(limitMs: number, work: Promise<T>, onLate: (late: T) => void): Promise<T> {
  const late = new AbortController();
  const limit = pause(limitMs, undefined, { signal: late.signal, ref: false }).then(() => {
    throw new DatabaseUnavailableError("PostgreSQL does not answer in time.");
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

/** Where the server waits for its standby, and gives up: what was committed stands on one machine only. */
const unconfirmed = "SyncRepWaitForLSN";

/** A connection for one query or one transaction. */
function watched(client: pg.PoolClient, nameOf: NameOf, { retire, cancel }: Pool) {
  let isBroken = false;
  let isUnconfirmed = false;
  const onNotice = ({ routine }: { routine?: string | undefined }) => {
    isUnconfirmed ||= routine === unconfirmed;
  };
  client.on("notice", onNotice as never);
  const run = async (text: string, values: readonly unknown[], name?: string) => {
    const result = await client.query({ text, values: values.map(withoutNul), ...(name ? { name } : {}) });
    // Not acknowledged by the standby, so not acknowledged by us: a failover would lose it.
    if (isUnconfirmed) throw new DatabaseUnavailableError("PostgreSQL has lost its synchronous standby.");
    return result;
  };
  return {
    query: async (text: string, values: readonly unknown[]) => {
      // What would roll back waits for no answer that cannot come.
      if (isBroken) throw new DatabaseUnavailableError("PostgreSQL does not answer.");
      try {
        return await run(text, values, values.length === 0 ? undefined : nameOf(text));
      } catch (error) {
        if (isReadOnly(error) || isStalePlan(error)) retire();
        // Within a transaction, all of it has to be done again.
        if (isStalePlan(error) && client.getTransactionStatus() === "I") return await run(text, values).catch(throwMapped);
        // What got no answer may still be at work: nobody else gets its connection.
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

/** PostgreSQL's text holds no U+0000. What looks for one finds nothing then, and what keeps one keeps the sign for what is no text. */
function withoutNul(value: unknown): unknown {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\u{fffd}") : value;
}
