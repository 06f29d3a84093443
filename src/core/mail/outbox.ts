/** Letters on their way: written in the transaction of what they tell, sent by whichever process comes first. */
import type { ExpressionBuilder } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { updateReturning } from "../../db/statements.ts";
import { clockSlackMs } from "../clock.ts";
import { type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import type { Services, Transaction } from "../services.ts";
import type { Letter } from "./mailer.ts";

/** How many letters are in hand at once, so that one that gets no answer does not hold up the others. */
const atOnce = 2;
/** Longer than the mailer gives a letter, so that two processes never have the same one in hand. */
const leaseMs = 120_000;
const giveUpAfterMs = 24 * 3_600_000;
const longestWaitMs = 3_600_000;

export const outboxLetters: EncryptedColumn = { table: "outbox", column: "letter", id: "id", purpose: "email" };

/** Whether a letter would reach anybody: by a mail server, or outside of production by the mailbox page. */
export function canSendLetters({ settings }: Services): boolean {
  return settings.smtpUrl !== undefined || !settings.isDeployed;
}

/**
 * Whether a letter to this address can ever arrive. For forms that ask for a new one: better a refusal than "check your inbox" for a
 * letter that no server takes. It depends on the address and the mail server alone, so it tells nothing of accounts.
 */
export async function canReach({ mailer }: Services, email: string): Promise<boolean> {
  return mailer === undefined || mailer.canReach(email);
}

/** A letter whose link is worth something until then, and only as long as the account gets no newer one of its kind. */
export interface ExpiringMail {
  readonly kind: string;
  readonly expiresAt: number;
}

/**
 * Puts an email into the outbox, encrypted: a stolen database reveals no link. It is sent after the commit.
 * One to nobody, whose `to` is empty, is written at the same cost and never sent (ASVS 6.3.8).
 */
export async function enqueueEmail(tx: Transaction, userId: string | null, letter: Letter, passing?: ExpiringMail): Promise<void> {
  const now = tx.now();
  await dropOlder(tx, userId, passing);
  const keeps = tx.mailer === undefined;
  const { environment, isDeployed } = tx.settings;
  // For the developer who waits for a link. Nowhere else does a letter stand in a log (ASVS 16.2.5).
  if (keeps && letter.to !== "" && environment === "development" && !isDeployed)
    tx.log.info(`A letter: ${letter.subject}\n\n${letter.text}`);
  const id = tx.newId();
  await tx.db
    .insertInto("outbox")
    .values({
      id,
      user_id: userId,
      letter: encryptColumn(tx, outboxLetters, id, JSON.stringify(letter)),
      attempts: 0,
      created_at: now,
      // Without a mail server, letters stay here to be read.
      due_at: keeps ? null : now,
      failed_at: null,
      failure: null,
      kind: passing?.kind ?? null,
      expires_at: passing?.expiresAt ?? null,
    })
    .execute();
}

/** After an outage, a person would get a letter with a dead link first. For other letters, and for nobody, it is the same statement. */
async function dropOlder(tx: Transaction, userId: string | null, passing: ExpiringMail | undefined): Promise<void> {
  await tx.db
    .deleteFrom("outbox")
    .where("user_id", "=", userId ?? "")
    .where("kind", "=", passing?.kind ?? "")
    .where("due_at", "is not", null)
    .execute();
}

/** Sends what is due, until nothing is or until it is told to stop. Gives how many went out. */
export async function sendDueLetters(s: Services, stopping?: AbortSignal): Promise<number> {
  const sent = await Promise.all(Array.from({ length: atOnce }, () => sendOneByOne(s, stopping)));
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

/** The letters that are kept because there is no mail server, newest first; for development's mailbox. */
export async function listKeptLetters(s: Services): Promise<(Letter & { readonly at: number })[]> {
  const rows = await s.db
    .selectFrom("outbox")
    .select(["id", "letter", "created_at"])
    .where("due_at", "is", null)
    .where("failed_at", "is", null)
    .orderBy("id", "desc")
    .limit(100)
    .execute();
  return rows.flatMap((row) => {
    const letter = readLetter(s, row);
    return letter && letter.to !== "" ? [{ ...letter, at: row.created_at }] : [];
  });
}

/** What an account's letters on their way are about; the rest could open it. */
export async function listLetters(s: Services, userId: string) {
  const rows = await s.db
    .selectFrom("outbox")
    .select(["id", "letter", "created_at", "failed_at"])
    .where("user_id", "=", userId)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ subject: readLetter(s, row)?.subject ?? null, createdAt: row.created_at, failedAt: row.failed_at }));
}

export interface OutboxEntry {
  readonly id: string;
  readonly userId: string | null;
  /** Null where the letter is gone, or no key opens it. */
  readonly subject: string | null;
  /** `kept`: there is no mail server, and it stays to be read. */
  readonly state: "waiting" | "failed" | "kept";
  readonly attempts: number;
  readonly createdAt: number;
  readonly dueAt: number | null;
  readonly failedAt: number | null;
  /** What the mail server said last. */
  readonly failure: string | null;
}

/** The letters that are not out, for the operator: what each is about and how it stands. Its links and digits are for its reader. */
export async function listOutbox(
  s: Services,
  { count, before, failed }: { count: number; before?: string | undefined; failed?: boolean | undefined },
): Promise<OutboxEntry[]> {
  let query = s.db.selectFrom("outbox").select(columns.outbox).orderBy("id", "desc").limit(count);
  if (before !== undefined) query = query.where("id", "<", before);
  if (failed) query = query.where("failed_at", "is not", null);
  return (await query.execute()).map((row) => ({
    id: row.id,
    userId: row.user_id,
    subject: readLetter(s, row)?.subject ?? null,
    state: row.failed_at !== null ? "failed" : row.due_at === null ? "kept" : "waiting",
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.due_at,
    failedAt: row.failed_at,
    failure: row.failure,
  }));
}

/**
 * Makes letters due that wait to be tried again; gives how many. What falls due within a lease may be in a process's hands at this
 * moment and is left alone, or it would go out twice.
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

/** How many letters wait to go out, and how many were given up. */
export async function countLetters(s: Services): Promise<{ waiting: number; failed: number }> {
  const { waiting } = await s.db
    .selectFrom("outbox")
    .select((column) => column.fn.countAll<number>().as("waiting"))
    .where("due_at", "is not", null)
    .executeTakeFirstOrThrow();
  return { waiting: Number(waiting), failed: await countFailed(s) };
}

interface DueLetter {
  readonly id: string;
  readonly letter: string | null;
  readonly attempts: number;
  readonly created_at: number;
  readonly expires_at: number | null;
}

/** What another process is taking at this moment is skipped. Moving the time on is the lease: a process that dies with a letter in hand lets it fall due again. */
function takeDue(s: Services): Promise<DueLetter | undefined> {
  const now = s.now();
  // No letter waits longer than the longest wait: what does was put off by a clock that was ahead.
  const isDue = (where: ExpressionBuilder<Schema, "outbox">) =>
    where.or([where("due_at", "<=", now), where("due_at", ">", now + longestWaitMs + leaseMs + clockSlackMs)]);
  return updateReturning(s.db, "outbox", {
    set: (column) => ({ due_at: now + leaseMs, attempts: column("attempts", "+", 1) }),
    where: isDue,
    orderBy: "due_at",
    limit: 1,
    returning: ["id", "letter", "attempts", "created_at", "expires_at"],
  }).executeTakeFirst();
}

async function sendOne(s: Services, row: DueLetter): Promise<boolean> {
  if (row.expires_at !== null && row.expires_at <= s.now()) {
    await s.db.deleteFrom("outbox").where("id", "=", row.id).execute();
    s.log.warn({ letter: row.id, attempts: row.attempts }, "dropped a letter whose link is too old by now");
    return false;
  }
  const letter = readLetter(s, row);
  try {
    if (!letter) throw new Error("The letter cannot be decrypted: its key is gone.");
    if (letter.to !== "") {
      const last = letter.late && letter.late.from <= s.now() ? { ...letter, ...letter.late } : letter;
      const send = async () => s.mailer?.send(last, row.id);
      await (s.telemetry ? s.telemetry.around({ kind: "letter" }, send) : send());
    }
  } catch (error) {
    await recordFailure(s, row, error as MailError);
    return false;
  }
  await s.db.deleteFrom("outbox").where("id", "=", row.id).execute();
  return true;
}

/** What the mail library throws: its own word for what went wrong, and the number that the server said, if it said any. */
interface MailError extends Error {
  readonly code?: string;
  /** What of the conversation it was said to, such as `RCPT TO`. */
  readonly command?: string;
  readonly responseCode?: number;
}

/**
 * 5xx means that trying again is no use (RFC 5321, 4.2.1), where it is said to the recipient or the text. Said of us, who may not log
 * in or write from our address, it is the operator's to mend, and the letters wait for it.
 */
function isRefusedForGood({ command = "", responseCode = 0 }: MailError): boolean {
  return responseCode >= 500 && ["RCPT TO", "DATA"].includes(command);
}

async function recordFailure(s: Services, row: DueLetter, error: MailError): Promise<void> {
  const now = s.now();
  const isFinal = isRefusedForGood(error) || now >= row.created_at + giveUpAfterMs;
  // What a server says may quote the address, so only its number is kept.
  const failure = error.responseCode === undefined ? (error.code ?? "no answer") : String(error.responseCode);
  const waitMs = Math.min(30_000 * 2 ** (row.attempts - 1), longestWaitMs);
  await s.db
    .updateTable("outbox")
    .set(isFinal ? { due_at: null, failed_at: now, failure, letter: null } : { due_at: now + waitMs, failure })
    .where("id", "=", row.id)
    .execute();
  if (isFinal) s.log.error({ letter: row.id, attempts: row.attempts, failure, failedInAll: await countFailed(s) }, "gave up on a letter");
  else s.log.warn({ letter: row.id, attempts: row.attempts, failure, againInMs: waitMs }, "a letter did not go out yet");
}

async function countFailed(s: Services): Promise<number> {
  const { count } = await s.db
    .selectFrom("outbox")
    .select((column) => column.fn.countAll<number>().as("count"))
    .where("failed_at", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

function readLetter(s: Services, { id, letter }: Pick<DueLetter, "id" | "letter">): Letter | undefined {
  const text = letter === null ? undefined : tryDecryptColumn(s, outboxLetters, id, letter);
  return text === undefined ? undefined : (JSON.parse(text) as Letter);
}
