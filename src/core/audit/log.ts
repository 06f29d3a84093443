/** Records audit events, and lists those of an account. */

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

/** Events of an account, newest first, by page: `before` is the id of the last event of the page before. */
export async function listEvents(s: Services, userId: string, count: number, before?: string): Promise<AuditRecord[]> {
  const rows = await s.db
    .selectFrom("audit")
    .select(columns.audit)
    .where("user_id", "=", userId)
    .$if(before !== undefined, (query) => query.where("id", "<", before ?? ""))
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
