/** Takes back what was added to an account since a notice, and restores what was removed. */
import { sql } from "kysely";
import { recordEvent } from "../audit/log.ts";
import { bumpSecurityVersion } from "../credentials/guard-change.ts";
import { opensByInbox } from "../credentials/ways-back.ts";
import type { TokenRow } from "../one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import { findUserById } from "../users/users.ts";

/** A notice is written after its change; clocks of two processes may differ too. */
export const leadMs = 60_000;

interface TakingBack {
  readonly info: RequestInfo;
  /** Whether the owner has removed it all, such as a stolen passkey: nothing is restored, and a later report restores nothing either. */
  readonly keepsRemoved?: boolean;
}

export interface TakenBack {
  /** Whether anything was restored: with `keepsRemoved` only where {@link keepRemoved} refuses. */
  readonly isRestored: boolean;
}

/** Account takeover: what an intruder added since this notice must not log in, or lock the owner out; the factors that the intruder removed since come back. */
export async function takeBackSince(
  tx: Transaction,
  userId: string,
  noticedAt: number,
  { info, keepsRemoved = false }: TakingBack,
): Promise<TakenBack> {
  const since = noticedAt - leadMs;
  const before = keepsRemoved ? await protectionOf(tx, userId) : undefined;
  for (const takeBack of tx.catalog.takeBack) await takeBack(tx, userId, since, info);
  const { restoreRemoved } = await import("../credentials/restore-removed.ts");
  // Account takeover by inbox: a passkey that comes back counts, or a report would turn logins by email on.
  const settleChoices = async () => {
    for (const takeBack of tx.catalog.takeBackChoices) await takeBack(tx, userId, since, info);
  };
  const isKept = before !== undefined && (await keepRemoved(tx, userId, { since, before, settleChoices }));
  const isRestored = !isKept && (await restoreRemoved(tx, userId, since));
  if (!isKept) await settleChoices();
  if (isRestored) await recordEvent(tx, userId, "factors-restored", info);
  // Race: a login that is under way with something that was removed fails (ASVS 15.4.2).
  await bumpSecurityVersion(tx, userId);
  return { isRestored };
}

/** What keeps out somebody who reads the inbox. */
interface Protection {
  readonly twoFactor: boolean;
  readonly inboxOpens: boolean;
}

async function protectionOf(tx: Transaction, userId: string): Promise<Protection> {
  const user = await findUserById(tx, userId);
  if (!user) return { twoFactor: false, inboxOpens: true };
  return { twoFactor: user.two_factor_since !== null, inboxOpens: await opensByInbox(tx, user) };
}

interface Keeping {
  readonly since: number;
  readonly before: Protection;
  readonly settleChoices: () => Promise<void>;
}

/**
 * Leaves removed what the owner has removed. Account takeover by inbox: whoever reads it can follow the link and say the same, so nothing is
 * done, and false returned, if the account would then be protected less than before the report (decision 034).
 */
async function keepRemoved(tx: Transaction, userId: string, { since, before, settleChoices }: Keeping): Promise<boolean> {
  const { eraseRemoved } = await import("../credentials/removed-factors.ts");
  const { restoreRemoved } = await import("../credentials/restore-removed.ts");
  await sql`savepoint before_restoring`.execute(tx.db);
  await restoreRemoved(tx, userId, since, { withFactors: false });
  await eraseRemoved(tx, userId, since);
  await settleChoices();
  const after = await protectionOf(tx, userId);
  const isWeaker = (before.twoFactor && !after.twoFactor) || (!before.inboxOpens && after.inboxOpens);
  if (isWeaker) await sql`rollback to savepoint before_restoring`.execute(tx.db);
  return !isWeaker;
}

/** When the first notice of the last 72 hours went to the inbox of this link: the one that is reported need not be about the first change. */
export async function firstNoticeAt(s: Services, { user_id, email, created_at }: TokenRow): Promise<number> {
  const first = await s.db
    .selectFrom("one_time_tokens")
    .select("created_at")
    .where("user_id", "=", user_id)
    .where("purpose", "=", s.catalog.securityNoticeLink?.purpose.name ?? "")
    .where("email", "=", email)
    .where("expires_at", ">", s.now())
    .orderBy("created_at")
    .executeTakeFirst();
  return Math.min(created_at, first?.created_at ?? created_at);
}
