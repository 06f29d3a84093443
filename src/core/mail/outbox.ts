/** Queues emails in the database and sends them with retries. */

import type { ExpressionBuilder } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { updateReturning } from "../../db/statements.ts";
import { clockSlackMs } from "../clock-skew.ts";
import { type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import type { Services, Transaction } from "../services.ts";
import type { Email } from "./mailer.ts";

export const outboxEmails: EncryptedColumn = { table: "outbox", column: "message", id: "id", purpose: "email" };

/** Emails sent in parallel, so that one slow delivery does not delay the others. */
const concurrency = 2;
/** Longer than the timeout of the mailer, so that no two processes send the same email. */
const leaseMs = 120_000;
const giveUpAfterMs = 24 * 3_600_000;
const maxWaitMs = 3_600_000;

/** Whether emails can be read: through a mail server, or outside of production on the mailbox page. */
export function canSendEmail({ settings }: Services): boolean {
  return settings.smtpUrl !== undefined || !settings.isDeployed;
}

/**
 * Whether the mail server can deliver to this email at all, so that a form can refuse it instead of saying "check your inbox".
 * Account enumeration: depends on the email and the mail server alone.
 */
export async function canReach({ mailer }: Services, email: string): Promise<boolean> {
  return mailer === undefined || mailer.canReach(email);
}

/** An email whose link expires, or is replaced by the next email of its kind to the same account. */
export interface ExpiringMail {
  readonly kind: string;
  readonly expiresAt: number;
  /** Whether it replaces unsent emails of its kind. */
  readonly supersedes: boolean;
}

/**
 * Adds an email to the outbox; it is sent after the commit. Stolen database: the content is encrypted, and an email with an empty `to`
 * costs the same and is never sent (account enumeration, ASVS 6.3.8).
 */
export async function enqueueEmail(tx: Transaction, userId: string | null, email: Email, expiry?: ExpiringMail): Promise<void> {
  const now = tx.now();
  const id = tx.newId();
  await dropOlder(tx, userId, expiry);
  const isKept = tx.mailer === undefined;
  const { environment, isDeployed } = tx.settings;
  if (isKept && email.to !== "") tx.keptEmails.latestAt = now;
  // Secrets in logs: only in development, where nothing is deployed, is the content logged (ASVS 16.2.5).
  if (isKept && email.to !== "" && environment === "development" && !isDeployed) tx.log.info(`Email: ${email.subject}\n\n${email.text}`);
  await tx.db
    .insertInto("outbox")
    .values({
      id,
      user_id: userId,
      message: encryptColumn(tx, outboxEmails, id, JSON.stringify(email)),
      attempts: 0,
      created_at: now,
      // Without a mail server, emails are kept for the mailbox page.
      due_at: isKept ? null : now,
      failed_at: null,
      failure: null,
      kind: expiry?.kind ?? null,
      expires_at: expiry?.expiresAt ?? null,
    })
    .execute();
}

/** Deletes unsent emails of the same kind, whose links have ended. Other kinds and an empty recipient run the same statement. */
async function dropOlder(tx: Transaction, userId: string | null, expiry: ExpiringMail | undefined): Promise<void> {
  await tx.db
    .deleteFrom("outbox")
    .where("user_id", "=", userId ?? "")
    .where("kind", "=", expiry?.supersedes ? expiry.kind : "")
    .where("due_at", "is not", null)
    .execute();
}

/** Sends due emails until none is left, or `stopping` is aborted. Returns how many were sent. */
export async function sendDueEmails(s: Services, stopping?: AbortSignal): Promise<number> {
  const sent = await Promise.all(Array.from({ length: concurrency }, () => sendOneByOne(s, stopping)));
  return sent.reduce((sum, each) => sum + each, 0);
}

async function sendOneByOne(s: Services, stopping?: AbortSignal): Promise<number> {
  let sent = 0;
  while (!stopping?.aborted) {
    const row = await takeDue(s);
    if (!row) break;
    if (await sendOne(s, row)) sent++;
  }
  return sent;
}

/** Emails kept for the mailbox page, newest first. */
export async function listUnsentEmails(s: Services): Promise<(Email & { readonly id: string; readonly at: number })[]> {
  const rows = await s.db
    .selectFrom("outbox")
    .select(["id", "message", "created_at"])
    .where("due_at", "is", null)
    .where("failed_at", "is", null)
    .orderBy("id", "desc")
    .limit(100)
    .execute();
  return rows.flatMap((row) => {
    const email = decryptEmail(s, row);
    return email && email.to !== "" ? [{ ...email, id: row.id, at: row.created_at }] : [];
  });
}

/** Subjects of an account's emails that were not sent yet. Their links are not returned: those could open the account. */
export async function listEmails(s: Services, userId: string) {
  const rows = await s.db
    .selectFrom("outbox")
    .select(["id", "message", "created_at", "failed_at"])
    .where("user_id", "=", userId)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ subject: decryptEmail(s, row)?.subject ?? null, createdAt: row.created_at, failedAt: row.failed_at }));
}

export interface OutboxEntry {
  readonly id: string;
  readonly userId: string | null;
  /** Null if the content was deleted, or if no key decrypts it. */
  readonly subject: string | null;
  /** `kept`: no mail server is set, and it is read on the mailbox page. */
  readonly state: "waiting" | "failed" | "kept";
  readonly attempts: number;
  readonly createdAt: number;
  readonly dueAt: number | null;
  readonly failedAt: number | null;
  /** The last reply of the mail server. */
  readonly failure: string | null;
}

interface OutboxQuery {
  readonly count: number;
  /** ID of the last email of the previous page. */
  readonly after?: string | undefined;
  /** ID of the first email of the next page: emails just before that one. */
  readonly before?: string | undefined;
  readonly failed?: boolean | undefined;
}

/** Unsent emails for the administrator: subject and state, without links or codes. */
export async function listOutbox(s: Services, { count, after, before, failed }: OutboxQuery): Promise<OutboxEntry[]> {
  let query = s.db
    .selectFrom("outbox")
    .select(columns.outbox)
    .orderBy("id", before === undefined ? "desc" : "asc")
    .limit(count);
  if (after !== undefined) query = query.where("id", "<", after);
  if (before !== undefined) query = query.where("id", ">", before);
  if (failed) query = query.where("failed_at", "is not", null);
  const rows = await query.execute();
  return (before === undefined ? rows : rows.reverse()).map((row) => ({
    id: row.id,
    userId: row.user_id,
    subject: decryptEmail(s, row)?.subject ?? null,
    state: row.failed_at !== null ? "failed" : row.due_at === null ? "kept" : "waiting",
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.due_at,
    failedAt: row.failed_at,
    failure: row.failure,
  }));
}

/**
 * Makes emails that wait for a retry due now; returns how many. Emails due within a lease are skipped: another process may be sending them.
 */
export async function retryNow(s: Services): Promise<number> {
  const now = s.now();
  const { numUpdatedRows } = await s.db
    .updateTable("outbox")
    .set({ due_at: now })
    .where("due_at", ">", now + leaseMs)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Numbers of queued emails and of those that failed permanently. */
export async function countEmails(s: Services): Promise<{ waiting: number; failed: number }> {
  const { waiting } = await s.db
    .selectFrom("outbox")
    .select((column) => column.fn.countAll<number>().as("waiting"))
    .where("due_at", "is not", null)
    .executeTakeFirstOrThrow();
  return { waiting: Number(waiting), failed: await countFailed(s) };
}

interface DueEmail {
  readonly id: string;
  readonly message: string | null;
  readonly attempts: number;
  readonly created_at: number;
  readonly expires_at: number | null;
}

/** Leases the next due email by moving `due_at` on: if the process dies, the email is due again. Rows that another process locks are skipped. */
function takeDue(s: Services): Promise<DueEmail | undefined> {
  const now = s.now();
  // Clock skew: a retry further ahead than the longest wait was scheduled by a clock that ran ahead, and is due.
  const isDue = (where: ExpressionBuilder<Schema, "outbox">) =>
    where.or([where("due_at", "<=", now), where("due_at", ">", now + maxWaitMs + leaseMs + clockSlackMs)]);
  return updateReturning(s.db, "outbox", {
    set: (column) => ({ due_at: now + leaseMs, attempts: column("attempts", "+", 1) }),
    where: isDue,
    orderBy: "due_at",
    limit: 1,
    returning: ["id", "message", "attempts", "created_at", "expires_at"],
  }).executeTakeFirst();
}

async function sendOne(s: Services, row: DueEmail): Promise<boolean> {
  if (row.expires_at !== null && row.expires_at <= s.now()) {
    await s.db.deleteFrom("outbox").where("id", "=", row.id).execute();
    s.log.warn({ emailId: row.id, attempts: row.attempts }, "dropped an email whose link has expired");
    return false;
  }
  const email = decryptEmail(s, row);
  try {
    if (!email) throw new Error("The email cannot be decrypted: its key is not in SECRET_KEY.");
    if (email.to !== "") {
      const current = email.late && email.late.from <= s.now() ? { ...email, ...email.late } : email;
      const send = async () => s.mailer?.send(current, row.id);
      await (s.telemetry ? s.telemetry.around({ kind: "email" }, send) : send());
    }
  } catch (error) {
    await recordFailure(s, row, error as MailError);
    return false;
  }
  await s.db.deleteFrom("outbox").where("id", "=", row.id).execute();
  return true;
}

/** Thrown by nodemailer: its own code, and the reply code of the server, if there was a reply. */
interface MailError extends Error {
  readonly code?: string;
  /** The SMTP command that was refused, such as `RCPT TO`. */
  readonly command?: string;
  readonly responseCode?: number;
}

/**
 * Whether no retry can succeed: 5xx to the recipient or the content (RFC 5321, 4.2.1). A 5xx to the login or the sender is a
 * configuration error, so emails are retried.
 */
function isRefusedForGood({ command = "", responseCode = 0 }: MailError): boolean {
  return responseCode >= 500 && ["RCPT TO", "DATA"].includes(command);
}

async function recordFailure(s: Services, row: DueEmail, error: MailError): Promise<void> {
  const now = s.now();
  const isFinal = isRefusedForGood(error) || now >= row.created_at + giveUpAfterMs;
  // Emails in logs: a reply may quote the recipient, so only its code is kept.
  const failure = error.responseCode === undefined ? (error.code ?? "no answer") : String(error.responseCode);
  const waitMs = Math.min(30_000 * 2 ** (row.attempts - 1), maxWaitMs);
  await s.db
    .updateTable("outbox")
    .set(isFinal ? { due_at: null, failed_at: now, failure, message: null } : { due_at: now + waitMs, failure })
    .where("id", "=", row.id)
    .execute();
  if (isFinal) s.log.error({ emailId: row.id, attempts: row.attempts, failure, failedInAll: await countFailed(s) }, "gave up on an email");
  else s.log.warn({ emailId: row.id, attempts: row.attempts, failure, againInMs: waitMs }, "could not send an email yet");
}

async function countFailed(s: Services): Promise<number> {
  const { count } = await s.db
    .selectFrom("outbox")
    .select((column) => column.fn.countAll<number>().as("count"))
    .where("failed_at", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

function decryptEmail(s: Services, { id, message }: Pick<DueEmail, "id" | "message">): Email | undefined {
  const text = message === null ? undefined : tryDecryptColumn(s, outboxEmails, id, message);
  return text === undefined ? undefined : (JSON.parse(text) as Email);
}
