/** Removes what is over, in small batches, while everything else goes on. */
import { setImmediate as turn } from "node:timers/promises";
import { shrinkLog } from "../../db/sqlite/shrink-log.ts";
import { eraseIfDue } from "../account/erasure.ts";
import { removeUnconfirmed } from "../account/unverified.ts";
import { sweepErasures, sweepRecords, sweepSeals } from "../audit/retention.ts";
import type { Services } from "../services.ts";
import { removeRetiredKeys } from "../sessions/signing-keys.ts";

/** Few enough that no batch holds the database for longer than a login does. */
const perBatch = 100;
const failedLettersForMs = 30 * 24 * 3_600_000;
const keptLettersForMs = 7 * 24 * 3_600_000;

/** Sweeps once through everything, or until it is told to stop. Any number of processes may do so at once: each row goes once. */
export async function cleanupExpired(s: Services, stopping?: AbortSignal): Promise<void> {
  for (const removeSome of [
    endedSessions,
    idleSessions,
    idleRememberedSessions,
    endedTokens,
    spentLimits,
    spentCookies,
    answeredForms,
    restingUsernames,
    sweepRecords,
    sweepSeals,
    sweepErasures,
    oldLetters,
    removeRetiredKeys,
    removeUnconfirmed,
    erasedAccounts,
  ]) {
    // A full batch means that there may be more; whoever waits for the database gets a turn in between.
    while (!stopping?.aborted && (await removeSome(s, perBatch)) === perBatch) await turn();
  }
  if (!stopping?.aborted) await shrinkLog(s.db);
}

async function endedSessions(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("sessions")
    .where("token_hash", "in", (query) =>
      query
        .selectFrom("sessions")
        .select("token_hash")
        .where("expires_at", "<=", s.now())
        .orderBy("expires_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

function idleSessions(s: Services, count: number): Promise<number> {
  return idle(s, { remembered: 0, since: s.now() - s.settings.sessionIdleMs, count });
}

function idleRememberedSessions(s: Services, count: number): Promise<number> {
  return idle(s, { remembered: 1, since: s.now() - s.settings.rememberIdleMs, count });
}

async function idle(s: Services, { remembered, since, count }: { remembered: number; since: number; count: number }): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("sessions")
    .where("token_hash", "in", (query) =>
      query
        .selectFrom("sessions")
        .select("token_hash")
        .where("remembered", "=", remembered)
        .where("last_seen_at", "<=", since)
        .orderBy("last_seen_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    // Used in the meantime: then it is not idle.
    .where("last_seen_at", "<=", since)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function endedTokens(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("tokens")
    .where("token_hash", "in", (query) =>
      query
        .selectFrom("tokens")
        .select("token_hash")
        .where("expires_at", "<=", s.now())
        .orderBy("expires_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function spentLimits(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("limits")
    .where("budget", "in", (query) =>
      query
        .selectFrom("limits")
        .select("budget")
        .where("resets_at", "<=", s.now())
        .orderBy("resets_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    // Counted anew in the meantime: then it is no longer spent.
    .where("resets_at", "<=", s.now())
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Cookies of an application before that are too old to be taken again. */
async function spentCookies(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("spent_cookies")
    .where("cookie_hash", "in", (query) =>
      query
        .selectFrom("spent_cookies")
        .select("cookie_hash")
        .where("expires_at", "<=", s.now())
        .orderBy("expires_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function answeredForms(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("sent_forms")
    .where("id", "in", (query) =>
      query
        .selectFrom("sent_forms")
        .select("id")
        .where("expires_at", "<=", s.now())
        .orderBy("expires_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Usernames that have rested long enough. */
async function restingUsernames(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("resting_usernames")
    .where("key_hash", "in", (query) =>
      query
        .selectFrom("resting_usernames")
        .select("key_hash")
        .where("expires_at", "<=", s.now())
        .orderBy("expires_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Letters that failed for good, and those that development keeps to be read. */
async function oldLetters(s: Services, count: number): Promise<number> {
  const { numDeletedRows } = await s.db
    .deleteFrom("outbox")
    .where("id", "in", (query) =>
      query
        .selectFrom("outbox")
        .select("id")
        .where("due_at", "is", null)
        .where("created_at", "<=", s.now() - (s.mailer ? failedLettersForMs : keptLettersForMs))
        .orderBy("created_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** One transaction each. Gives how many were due: logging in may have taken one back at this moment. */
async function erasedAccounts(s: Services, count: number): Promise<number> {
  const due = await s.db.selectFrom("users").select("id").where("erase_at", "<=", s.now()).orderBy("erase_at").limit(count).execute();
  for (const { id } of due) await eraseIfDue(s, id);
  return due.length;
}
