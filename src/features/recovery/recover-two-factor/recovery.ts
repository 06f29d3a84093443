/** Starts, continues, cancels and finishes a recovery by email. */
import { recordEvent } from "../../../core/audit/log.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { removeFactors } from "../../../core/credentials/remove-factors.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { tryConsume } from "../../../core/rate-limits/rate-limits.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, type Services, type Transaction } from "../../../core/services.ts";
import { type AccountRow, findUserById, type UserRow } from "../../../core/users/users.ts";
import {
  dayMs,
  finishToken,
  sendCancelled,
  sendFinishLink,
  sendRecovered,
  sendStartLink,
  sendWaiting,
  startToken,
} from "./recover-two-factor.emails.ts";
import { deleteRecovery, findRecovery, listDue, lockRecovery, type RecoveryRow, storeRecovery } from "./recover-two-factor.store.ts";
import { type CancelCause, endedBy, mayRecover } from "./recovery-rules.ts";

/** Email flooding by a thief with the password: each link is an email (ASVS 2.4.1). */
const linksPerAccount = { count: 3, perMs: dayMs };

/** Emails the link that starts the wait. Returns false past the limit. */
export function requestRecovery(s: Services, user: AccountRow, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    // Lockout by a thief with the password: devices that have passed the second step before have a limit of their own (ASVS 6.3.1).
    const of = info.knownDevice(user, "second-step") === undefined ? user.id : `known devices ${user.id}`;
    if (!(await tryConsume(tx, { name: "recovery-emails", of, budget: linksPerAccount }))) return false;
    await recordEvent(tx, user.id, "two-factor-recovery-requested", info);
    await sendStartLink(tx, user, info);
    return true;
  });
}

/** Starts the wait with the link of the first email. Returns its end; undefined for a dead link. */
export function startRecovery(s: Services, token: string | undefined, info: RequestInfo): Promise<number | undefined> {
  return inTransaction(s, async (tx) => {
    const row = await redeemToken(tx, startToken, token);
    const user = row && (await lockAccount(tx, row.user_id));
    if (!row || user?.email !== row.email || !(await mayRecover(tx, user))) return undefined;
    const now = tx.now();
    const dueAt = now + tx.settings.recoveryByEmailMs;
    await storeRecovery(tx, {
      user_id: user.id,
      security_version: user.security_version,
      started_at: now,
      due_at: dueAt,
      next_email_at: Math.min(now + dayMs, dueAt),
      link_sent: 0,
      locale: user.locale ?? info.locale ?? null,
    });
    await recordEvent(tx, user.id, "two-factor-recovery-started", info);
    await sendWaiting(tx, user, info, { dueAt, isFirst: true });
    return dueAt;
  });
}

/** Sends the emails that are due, and forgets recoveries that no longer hold. Returns how many it handled. */
export async function sendDueEmails(s: Services, count: number): Promise<number> {
  const due = await listDue(s, count);
  for (const userId of due) await inTransaction(s, (tx) => continueOne(tx, userId));
  return due.length;
}

async function continueOne(tx: Transaction, userId: string): Promise<void> {
  const user = await lockAccount(tx, userId);
  const row = await lockRecovery(tx, userId);
  // Another process has handled it.
  if (!user || !row || row.next_email_at > tx.now()) return;
  const info = ofJob(row);
  const cause = (await endedBy(tx, user, row)) ?? outOfTime(tx, row);
  if (cause) return cancel(tx, { user, row, cause, info });
  const isDue = row.due_at <= tx.now();
  if (isDue) await sendFinishLink(tx, user, info);
  else await sendWaiting(tx, user, info, { dueAt: row.due_at, isFirst: false });
  const next = isDue ? tx.now() + finishToken.lifetimeMs : Math.min(tx.now() + dayMs, row.due_at);
  await storeRecovery(tx, { ...row, link_sent: isDue ? 1 : 0, next_email_at: next });
}

function outOfTime(tx: Transaction, { link_sent, next_email_at }: RecoveryRow): CancelCause | undefined {
  // The second link was not followed in its time.
  if (link_sent === 1) return "unused";
  // Account takeover: the owner was not told each day, such as while the server or the setting was off.
  return next_email_at < tx.now() - dayMs ? "late" : undefined;
}

/** No request causes these emails; they are in the language of the one that started the recovery. */
function ofJob({ locale }: RecoveryRow): RequestInfo {
  return { ip: "", network: undefined, userAgent: "", knownDevice: () => undefined, actor: null, locale: locale ?? undefined };
}

interface Cancelled {
  readonly user: UserRow;
  readonly row: RecoveryRow;
  readonly cause: CancelCause;
  readonly info: RequestInfo;
}

/** Tells the owner who or what cancelled it: else they would wait for a link that never comes. */
async function cancel(tx: Transaction, { user, row, cause, info }: Cancelled): Promise<void> {
  await deleteRecovery(tx, user.id);
  await recordEvent(tx, user.id, "two-factor-recovery-cancelled", info);
  // The email of the reset, or of the second link, has said so.
  if (cause === "off" || cause === "unused") return;
  await sendCancelled(tx, user, { ...info, locale: info.locale ?? row.locale ?? undefined }, cause);
}

/** Cancels the recovery of an account for its user, or for an administrator. Returns false if there is none. */
export function cancelRecovery(s: Services, userId: string, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const user = await lockAccount(tx, userId);
    const row = user && (await lockRecovery(tx, userId));
    if (!row) return false;
    const cause = (await endedBy(tx, user, row)) ?? (info.actor === null ? "settings" : "administrator");
    await cancel(tx, { user, row, cause, info });
    return true;
  });
}

/** Ends a recovery that no longer holds, and tells its owner at once, instead of with the next daily email. */
export async function endIfOver(tx: Transaction, userId: string, info: RequestInfo): Promise<void> {
  // Nearly no account has one, so its row is not locked for nothing.
  if (!(await findRecovery(tx, userId))) return;
  const user = await lockAccount(tx, userId);
  const row = user && (await lockRecovery(tx, userId));
  const cause = row && (await endedBy(tx, user, row));
  if (cause) await cancel(tx, { user, row, cause, info });
}

/** Turns two-factor authentication off with the link of the last email. Returns false for a dead link, or if the recovery was cancelled. */
export function finishRecovery(s: Services, token: string | undefined, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const link = await redeemToken(tx, finishToken, token);
    const user = link && (await lockAccount(tx, link.user_id));
    const row = user && (await lockRecovery(tx, user.id));
    if (!row || user.email !== link?.email) return false;
    // The link of an earlier recovery.
    if (row.due_at > tx.now()) return false;
    const cause = await endedBy(tx, user, row);
    if (cause) {
      await cancel(tx, { user, row, cause, info });
      return false;
    }
    await removeFactors(tx, user);
    await revokeAllAccess(tx, user.id);
    await deleteRecovery(tx, user.id);
    await recordEvent(tx, user.id, "two-factor-recovered", info);
    await sendRecovered(tx, user, info);
    return true;
  });
}

/** A recovery that is under way. */
export interface Waiting {
  /** The end of the wait. */
  readonly dueAt: number;
  /** Until when the second link works, once it was sent. */
  readonly linkUntil: number | undefined;
}

/** Undefined if none is under way. */
export async function waitingRecovery(s: Services, userId: string): Promise<Waiting | undefined> {
  const row = await findRecovery(s, userId);
  const user = row && (await findUserById(s, userId));
  return row && user && (await endedBy(s, user, row)) === undefined ? waitOf(row) : undefined;
}

function waitOf({ due_at, link_sent, next_email_at }: RecoveryRow): Waiting {
  return { dueAt: due_at, linkUntil: link_sent === 1 ? next_email_at : undefined };
}

/** The end of the wait of an account's recovery; undefined if none is under way. */
export async function pendingRecovery(s: Services, userId: string): Promise<number | undefined> {
  return (await waitingRecovery(s, userId))?.dueAt;
}
