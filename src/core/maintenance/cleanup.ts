/** Deletes expired rows and due accounts in small batches. */
import { setImmediate as turn } from "node:timers/promises";
import { shrinkLog } from "../../db/sqlite/shrink-log.ts";
import { deleteBatch } from "../../db/statements.ts";
import { eraseIfDue } from "../account/erasure.ts";
import { removeUnverified } from "../account/unverified.ts";
import { removeOldErasures, removeOldRecords, removeOldSeals } from "../audit/retention.ts";
import { keptForMs } from "../credentials/kept-for.ts";
import type { Services } from "../services.ts";

/** A batch holds the write lock for no longer than a login does. */
const perBatch = 100;
const failedEmailsForMs = 30 * 24 * 3_600_000;
const undeliveredEmailsForMs = 7 * 24 * 3_600_000;

/** Deletes a batch, and returns how many rows it found. */
type Cleanup = (s: Services, limit: number) => Promise<number>;

/** Cleanups of the tables that core owns; features declare theirs as `jobs`. */
const cleanups: readonly Cleanup[] = [
  (s, limit) => deleteExpired(s, "sessions", limit),
  (s, limit) => deleteIdleSessions(s, { remembered: 0, since: s.now() - s.settings.sessionIdleMs, limit }),
  (s, limit) => deleteIdleSessions(s, { remembered: 1, since: s.now() - s.settings.rememberIdleMs, limit }),
  (s, limit) => deleteExpired(s, "one_time_tokens", limit),
  deleteOldLimits,
  (s, limit) => deleteExpired(s, "legacy_cookies", limit),
  (s, limit) => deleteExpired(s, "submitted_forms", limit),
  (s, limit) => deleteExpired(s, "released_usernames", limit),
  (s, limit) => deleteExpired(s, "trusted_devices", limit),
  eraseRemovedFactors,
  // Here, and not a job of the feature: emails of logins that have ended go also once PROVIDERS is empty.
  (s, limit) => deleteExpired(s, "provider_proofs", limit),
  (s, limit) => deleteExpired(s, "used_states", limit),
  (s, limit) => deleteExpired(s, "used_logout_tokens", limit),
  (s, limit) => deleteExpired(s, "provider_logouts", limit),
  removeOldRecords,
  removeOldSeals,
  removeOldErasures,
  deleteOldEmails,
  removeUnverified,
  eraseDueAccounts,
];

/** Runs each cleanup of core and of features until nothing is left or `stopping` aborts. Safe in several processes: each row is deleted once. */
export async function cleanupExpired(s: Services, stopping?: AbortSignal): Promise<void> {
  for (const cleanup of [...cleanups, ...s.catalog.jobs.map((job) => job.removeExpired)]) {
    // Requests that wait for the write lock run between batches.
    while (!stopping?.aborted && (await cleanup(s, perBatch)) === perBatch) await turn();
  }
  if (!stopping?.aborted) await shrinkLog(s.db);
}

type ExpiringTable =
  | "sessions"
  | "one_time_tokens"
  | "legacy_cookies"
  | "submitted_forms"
  | "released_usernames"
  | "trusted_devices"
  | "provider_proofs"
  | "used_states"
  | "used_logout_tokens"
  | "provider_logouts";

function deleteExpired(s: Services, table: ExpiringTable, limit: number): Promise<number> {
  return deleteBatch(s.db, table, { where: (row) => row("expires_at", "<=", s.now()), orderBy: "expires_at", limit });
}

function deleteIdleSessions(
  s: Services,
  { remembered, since, limit }: { remembered: number; since: number; limit: number },
): Promise<number> {
  return deleteBatch(s.db, "sessions", {
    where: (session) => session.and([session("remembered", "=", remembered), session("last_seen_at", "<=", since)]),
    orderBy: "last_seen_at",
    limit,
  });
}

function deleteOldLimits(s: Services, limit: number): Promise<number> {
  return deleteBatch(s.db, "rate_limits", { where: (count) => count("resets_at", "<=", s.now()), orderBy: "resets_at", limit });
}

function eraseRemovedFactors(s: Services, limit: number): Promise<number> {
  const until = s.now() - keptForMs;
  return deleteBatch(s.db, "removed_factors", { where: (factor) => factor("removed_at", "<=", until), orderBy: "removed_at", limit });
}

/** Deletes emails that failed for good, and those kept for the mailbox page of development. */
function deleteOldEmails(s: Services, limit: number): Promise<number> {
  const until = s.now() - (s.mailer ? failedEmailsForMs : undeliveredEmailsForMs);
  return deleteBatch(s.db, "outbox", {
    where: (email) => email.and([email("due_at", "is", null), email("created_at", "<=", until)]),
    orderBy: "created_at",
    limit,
  });
}

/** Erases each due account in its own transaction. Returns how many were due; a concurrent login may cancel an erasure. */
async function eraseDueAccounts(s: Services, limit: number): Promise<number> {
  const due = await s.db.selectFrom("users").select("id").where("erase_at", "<=", s.now()).orderBy("erase_at").limit(limit).execute();
  for (const { id } of due) await eraseIfDue(s, id);
  return due.length;
}
