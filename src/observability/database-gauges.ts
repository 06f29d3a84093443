/** Counts sessions, accounts and emails in the database, rarely and with limits. */
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import type { Services } from "../core/services.ts";

export interface Counts {
  /** 1 if the database accepts writes, else 0; the other gauges then keep their last values. */
  readonly up: number;
  readonly accounts: number;
  readonly sessions: number;
  readonly emailsQueued: number;
  readonly emailsFailed: number;
  readonly oldestEmailSeconds: number;
}

/** Maximum count: counting ten million rows would take a second. */
const most = 100_000;
/** Cache time of the counts. */
const keptForMs = 10_000;
const waitMs = 2_000;

const nothing = { up: 0, accounts: 0, sessions: 0, emailsQueued: 0, emailsFailed: 0, oldestEmailSeconds: 0 };

export function createCounter(services: () => Services | undefined): () => Promise<Counts> {
  let last: Omit<Counts, "up"> = nothing;
  let takenAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;
  return async () => {
    const s = services();
    if (!s) return nothing;
    const up = s.writeProbe.requireWrites().then(
      () => 1,
      () => 0,
    );
    const age = s.now() - takenAt;
    // Ignores times in the future, written by a clock that was wrong.
    if (age >= 0 && age < keptForMs) return { ...last, up: await up };
    underWay ??= count(s)
      .then((counts) => {
        last = counts;
        takenAt = s.now();
      })
      .catch(() => {})
      .finally(() => {
        underWay = undefined;
      });
    const late = new AbortController();
    await Promise.race([underWay, pause(waitMs, undefined, { signal: late.signal, ref: false }).catch(() => {})]);
    late.abort();
    return { ...last, up: await up };
  };
}

async function count(s: Services): Promise<Omit<Counts, "up">> {
  const now = s.now();
  const upTo = async (rows: ReturnType<typeof sql<{ one: number }>>) => {
    const { rows: counted } = await sql<{
      count: number | string;
    }>`select count(*) as count from (${rows} limit ${most}) as rows`.execute(s.db);
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
    accounts: await upTo(sql`select 1 as one from users`),
    sessions: await upTo(sql`select 1 as one from sessions where expires_at > ${now}`),
    emailsQueued: await upTo(sql`select 1 as one from outbox where due_at is not null`),
    emailsFailed: await upTo(sql`select 1 as one from outbox where failed_at is not null`),
    oldestEmailSeconds: oldest ? Math.max(0, (now - oldest.created_at) / 1_000) : 0,
  };
}
