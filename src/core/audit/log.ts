/** Records, lists and counts audit events. */

import { setImmediate as yieldToOthers } from "node:timers/promises";
import { columns } from "../../db/columns.ts";
import { preparedInsert } from "../../db/prepared.ts";
import type { RequestInfo } from "../request-info.ts";
import type { CommittedEvent, Services, Transaction } from "../services.ts";

/**
 * Adds an event of the catalog. Account enumeration by timing: also recorded for an email without an account, with a null `userId` (ASVS
 * 6.3.8).
 */
export async function recordEvent(
  tx: Transaction,
  userId: string | null,
  event: string,
  info: RequestInfo,
  details: Pick<CommittedEvent, "methods" | "provider"> = {},
): Promise<void> {
  await insertRecord(tx.db, {
    id: tx.newId(),
    user_id: userId,
    event,
    ip: info.ip,
    user_agent: info.userAgent.slice(0, 300),
    happened_at: tx.now(),
    actor: info.actor,
    provider: details.provider ?? null,
  });
  tx.onEvent?.({ event, userId, at: tx.now(), ip: info.ip, userAgent: info.userAgent, ...details });
}

const insertRecord = preparedInsert("audit");

export interface AuditRecord {
  readonly id: string;
  readonly event: string;
  readonly at: number;
  readonly ip: string;
  readonly userAgent: string;
  /** Undefined if the account's own user acted. */
  readonly actor?: string;
  /** ID of the provider that it was with, such as `google`. */
  readonly provider?: string;
}

/** Events of an account, newest first. `after` is the id of the last event of the previous page. */
export async function listEvents(s: Services, userId: string, count: number, after?: string): Promise<AuditRecord[]> {
  const rows = await s.db
    .selectFrom("audit")
    .select(columns.audit)
    .where("user_id", "=", userId)
    .$if(after !== undefined, (query) => query.where("id", "<", after ?? ""))
    .orderBy("id", "desc")
    .limit(count)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    event: row.event,
    at: row.happened_at,
    ip: row.ip,
    userAgent: row.user_agent,
    ...(row.actor === null ? {} : { actor: row.actor }),
    ...(row.provider === null ? {} : { provider: row.provider }),
  }));
}

/** Whether an account has an event of this kind since then. */
export async function hasEventSince(s: Services, userId: string, event: string, since: number): Promise<boolean> {
  const row = await s.db
    .selectFrom("audit")
    .select("id")
    .where("user_id", "=", userId)
    .where("event", "=", event)
    .where("happened_at", ">=", since)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** An event with its account, for administrators. */
export interface RecordedEvent {
  readonly id: string;
  /** Null without an account, and after its deletion. */
  readonly userId: string | null;
  readonly event: string;
  readonly at: number;
  readonly ip: string;
  readonly userAgent: string;
  readonly actor: string | null;
  /** ID of the provider that it was with, such as `google`. */
  readonly provider: string | null;
}

interface EventQuery {
  readonly count: number;
  /** ID of the last event of the previous page. */
  readonly after?: string | undefined;
  /** ID of the first event of the next page: events just before that one. */
  readonly before?: string | undefined;
  readonly userId?: string | undefined;
  readonly event?: string | undefined;
}

/** Events that one statement reads of a user: no index has both user and event. */
const eventsPerStep = 500;

/** Events of all accounts or of one, newest first. */
export async function searchEvents(s: Services, query: EventQuery): Promise<RecordedEvent[]> {
  const { count, userId, event: only } = query;
  const isForward = query.before === undefined;
  if (userId === undefined || only === undefined) {
    const found = await readEvents(s, query, count);
    return isForward ? found : found.reverse();
  }
  // Denial of service: reads a bounded number of events per statement, and lets other requests run in between.
  const found: RecordedEvent[] = [];
  let step = query;
  for (;;) {
    const read = await readEvents(s, { ...step, event: undefined }, eventsPerStep);
    found.push(...read.filter(({ event }) => event === only).slice(0, count - found.length));
    const last = read.at(-1);
    if (found.length === count || read.length < eventsPerStep || !last) return isForward ? found : found.reverse();
    step = isForward ? { ...query, after: last.id } : { ...query, before: last.id };
    await yieldToOthers();
  }
}

/** In the direction of the query: with `before`, oldest first. */
async function readEvents(s: Services, { after, before, userId, event: only }: EventQuery, limit: number): Promise<RecordedEvent[]> {
  const rows = await s.db
    .selectFrom("audit")
    .select(columns.audit)
    .$if(after !== undefined, (query) => query.where("id", "<", after ?? ""))
    .$if(before !== undefined, (query) => query.where("id", ">", before ?? ""))
    .$if(userId !== undefined, (query) => query.where("user_id", "=", userId ?? ""))
    .$if(only !== undefined, (query) => query.where("event", "=", only ?? ""))
    .orderBy("id", before === undefined ? "desc" : "asc")
    .limit(limit)
    .execute();
  return rows.map(({ id, user_id, event, happened_at, ip, user_agent, actor, provider }) => ({
    id,
    userId: user_id,
    event,
    at: happened_at,
    ip,
    userAgent: user_agent,
    actor,
    provider,
  }));
}

const dayMs = 24 * 3_600_000;
/** Limits the rows read for one day of a chart. */
const maxCounted = 10_000;

/** Number of events on the day (UTC) that begins at `from`, in milliseconds; 10,000 at most. */
export async function countByDay(s: Services, event: string, from: number): Promise<number> {
  const { count } = await s.db
    .selectFrom((query) =>
      query
        .selectFrom("audit")
        .select("event")
        .where("event", "=", event)
        .where("id", ">=", firstIdAt(from))
        .where("id", "<", firstIdAt(from + dayMs))
        .limit(maxCounted)
        .as("counted"),
    )
    .select((column) => column.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Beginning of the IDs (UUIDv7) of an instant; less than each of them. */
function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
