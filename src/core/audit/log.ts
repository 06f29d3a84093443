/** Records, lists and counts audit events. */

import { columns } from "../../db/columns.ts";
import { preparedInsert } from "../../db/prepared.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";

/**
 * Adds an event of the catalog. Account enumeration by timing: also recorded for an email without an account, with a null `userId` (ASVS
 * 6.3.8).
 */
export async function recordEvent(tx: Transaction, userId: string | null, event: string, info: RequestInfo): Promise<void> {
  await insertRecord(tx.db, {
    id: tx.newId(),
    user_id: userId,
    event,
    ip: info.ip,
    user_agent: info.userAgent.slice(0, 300),
    happened_at: tx.now(),
    actor: info.actor,
  });
  tx.onEvent?.({ event, userId, at: tx.now(), ip: info.ip, userAgent: info.userAgent });
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
  }));
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
}

interface EventQuery {
  readonly count: number;
  /** ID of the last event of the previous page. */
  readonly after?: string | undefined;
  readonly userId?: string | undefined;
  readonly event?: string | undefined;
}

/** Events of all accounts or of one, newest first. */
export async function searchEvents(s: Services, { count, after, userId, event: only }: EventQuery): Promise<RecordedEvent[]> {
  const rows = await s.db
    .selectFrom("audit")
    .select(columns.audit)
    .$if(after !== undefined, (query) => query.where("id", "<", after ?? ""))
    .$if(userId !== undefined, (query) => query.where("user_id", "=", userId ?? ""))
    .$if(only !== undefined, (query) => query.where("event", "=", only ?? ""))
    .orderBy("id", "desc")
    .limit(count)
    .execute();
  return rows.map(({ id, user_id, event, happened_at, ip, user_agent, actor }) => ({
    id,
    userId: user_id,
    event,
    at: happened_at,
    ip,
    userAgent: user_agent,
    actor,
  }));
}

const dayMs = 24 * 3_600_000;
/** Limits the rows read for one day of a chart. */
const maxCounted = 10_000;

/** Number of events on each of the last days (UTC), oldest first; 10,000 a day at most. */
export async function countByDay(s: Services, event: string, days: number): Promise<number[]> {
  const tomorrow = Math.floor(s.now() / dayMs) * dayMs + dayMs;
  const counts: number[] = [];
  for (let day = days; day > 0; day--) {
    const from = tomorrow - day * dayMs;
    const { count } = await s.db
      .selectFrom((query) =>
        query
          .selectFrom("audit")
          .select("event")
          .where("event", "=", event)
          .where("happened_at", ">=", from)
          .where("happened_at", "<", from + dayMs)
          .limit(maxCounted)
          .as("counted"),
      )
      .select((column) => column.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    counts.push(Number(count));
  }
  return counts;
}
