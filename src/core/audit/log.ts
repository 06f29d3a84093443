/** What happened to an account, for its owner and the operator to read. Records are only ever added. */
import { columns } from "../../db/columns.ts";
import { preparedInsert } from "../../db/prepared.ts";
import type { Services, Transaction } from "../services.ts";

/** Where a request came from: its network, and what its browser calls itself. */
export interface RequestInfo {
  readonly address: string;
  readonly userAgent: string;
  /** Who it was, where it is done to somebody else: the id of an operator's account, or `command line`. */
  readonly actor?: string;
}

/** Adds a record of an event that a feature declares. `userId` is null for an address that has no account: it is written all the same, so both cost the same. */
export async function recordEvent(tx: Transaction, userId: string | null, event: string, origin: RequestInfo): Promise<void> {
  await insertRecord(tx.db, {
    id: tx.newId(),
    user_id: userId,
    event,
    address: origin.address,
    user_agent: origin.userAgent.slice(0, 300),
    happened_at: tx.now(),
    actor: origin.actor ?? null,
  });
  tx.onEvent?.({ event, userId, at: tx.now(), address: origin.address, userAgent: origin.userAgent });
}

const insertRecord = preparedInsert("audit");

export interface AuditRecord extends RequestInfo {
  readonly id: string;
  readonly event: string;
  readonly at: number;
}

/** An account's records, newest first, a page at a time: `before` is the id of the last one seen. */
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
    address: row.address,
    userAgent: row.user_agent,
    ...(row.actor === null ? {} : { actor: row.actor }),
  }));
}
