/** What happened to an account, for its owner and the operator to read. Records are only ever added. */
import type { Services } from "./services.ts";

export type AuditEvent =
  | "signed-up"
  | "signup-tried"
  | "logged-in"
  | "login-failed"
  | "login-limited"
  | "logged-out"
  | "session-ended"
  | "other-sessions-ended"
  | "password-confirmed"
  | "password-changed"
  | "password-set-aside"
  | "reset-asked"
  | "password-reset"
  | "email-confirmed"
  | "email-change-asked"
  | "email-change-withdrawn"
  | "email-changed"
  | "email-change-undone"
  | "username-changed"
  | "display-name-changed"
  | "reported"
  | "exported"
  | "deletion-asked"
  | "deletion-cancelled"
  | "account-disabled"
  | "account-enabled"
  | "role-granted"
  | "role-revoked"
  | "password-set-by-operator"
  | "email-confirmed-by-operator"
  | "sessions-ended-by-operator";

/** Where a request came from: its network, and what its browser calls itself. */
export interface Origin {
  readonly address: string;
  readonly userAgent: string;
  /** Who it was, where it is done to somebody else: the id of an operator's account, or `command line`. */
  readonly actor?: string;
}

/** Adds a record. `userId` is null for an address that has no account: it is written all the same, so both cost the same. */
export async function recordEvent(s: Services, userId: string | null, event: AuditEvent, origin: Origin): Promise<void> {
  await s.db
    .insertInto("audit")
    .values({
      id: s.newId(),
      user_id: userId,
      event,
      address: origin.address,
      user_agent: origin.userAgent.slice(0, 300),
      happened_at: s.now(),
      actor: origin.actor ?? null,
    })
    .execute();
  s.onEvent?.({ event, userId, at: s.now(), address: origin.address, userAgent: origin.userAgent });
}

export interface AuditRecord extends Origin {
  readonly id: string;
  readonly event: AuditEvent;
  readonly at: number;
}

/** An account's records, newest first, a page at a time: `before` is the id of the last one seen. */
export async function listEvents(s: Services, userId: string, count: number, before?: string): Promise<AuditRecord[]> {
  const rows = await s.db
    .selectFrom("audit")
    .selectAll()
    .where("user_id", "=", userId)
    .$if(before !== undefined, (query) => query.where("id", "<", before ?? ""))
    .orderBy("id", "desc")
    .limit(count)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    event: row.event as AuditEvent,
    at: row.happened_at,
    address: row.address,
    userAgent: row.user_agent,
  }));
}
