/** Counts sessions, accounts and emails, cached and up to a maximum. */
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import type { Services } from "../core/services.ts";

export interface DatabaseGauges {
  /** 1 if the database accepts writes, else 0; the other gauges then keep their last values. */
  readonly up: number;
  readonly accounts: number;
  readonly sessions: number;
  readonly emailsQueued: number;
  readonly emailsFailed: number;
  readonly oldestEmailSeconds: number;
}

/** Maximum count: counting ten million rows would take a second. */
const maxCount = 100_000;
/** Cache lifetime of the counts. */
const cacheMs = 10_000;
/** Then the previous counts are returned while the query goes on. */
const timeoutMs = 2_000;

const noCounts = { up: 0, accounts: 0, sessions: 0, emailsQueued: 0, emailsFailed: 0, oldestEmailSeconds: 0 };

export function createDatabaseGauges(services: () => Services | undefined): () => Promise<DatabaseGauges> {
  let last: Omit<DatabaseGauges, "up"> = noCounts;
  let countedAt = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | undefined;
  return async () => {
    const s = services();
    if (!s) return noCounts;
    const up = s.writeProbe.requireWrites().then(
      () => 1,
      () => 0,
    );
    const age = s.now() - countedAt;
    // A negative age: the clock was set back, so the cache is ignored.
    if (age >= 0 && age < cacheMs) return { ...last, up: await up };
    counting ??= count(s)
      .then((counts) => {
        last = counts;
        countedAt = s.now();
      })
      .catch(() => {})
      .finally(() => {
        counting = undefined;
      });
    const timeout = new AbortController();
    await Promise.race([counting, pause(timeoutMs, undefined, { signal: timeout.signal, ref: false }).catch(() => {})]);
    timeout.abort();
    return { ...last, up: await up };
  };
}

async function count(s: Services): Promise<Omit<DatabaseGauges, "up">> {
  const now = s.now();
  const countRows = async (rows: ReturnType<typeof sql<{ one: number }>>) => {
    const { rows: counted } = await sql<{
      count: number | string;
    }>`select count(*) as count from (${rows} limit ${maxCount}) as rows`.execute(s.db);
    return Number(counted[0]?.count ?? 0);
  };
  const oldest = await s.db
    .selectFrom("outbox")
    .select("created_at")
    .where("due_at", "is not", null)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return {
    accounts: await countRows(sql`select 1 as one from users`),
    sessions: await countRows(sql`select 1 as one from sessions where expires_at > ${now}`),
    emailsQueued: await countRows(sql`select 1 as one from outbox where due_at is not null`),
    emailsFailed: await countRows(sql`select 1 as one from outbox where failed_at is not null`),
    oldestEmailSeconds: oldest ? Math.max(0, (now - oldest.created_at) / 1_000) : 0,
  };
}
