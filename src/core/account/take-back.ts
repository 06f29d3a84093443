/** Takes back what was added to an account since a notice, and restores what was removed. */
import { recordEvent } from "../audit/log.ts";
import { bumpSecurityVersion } from "../credentials/guard-change.ts";
import type { TokenRow } from "../one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";

/** A notice is written after its change; clocks of two processes may differ too. */
export const leadMs = 60_000;

interface TakingBack {
  readonly info: RequestInfo;
  /** Whether the owner has removed it all, such as a stolen passkey: nothing is restored, and a later report restores nothing either. */
  readonly keepsRemoved?: boolean;
}

/** Account takeover: what an intruder added since this notice must not log in, or lock the owner out; the factors that the intruder removed since come back. */
export async function takeBackSince(
  tx: Transaction,
  userId: string,
  noticedAt: number,
  { info, keepsRemoved = false }: TakingBack,
): Promise<void> {
  const since = noticedAt - leadMs;
  for (const takeBack of tx.catalog.takeBack) await takeBack(tx, userId, since, info);
  const { eraseRemoved, restoreRemoved } = await import("../credentials/removed-factors.ts");
  if (keepsRemoved) await eraseRemoved(tx, userId, since);
  else if (await restoreRemoved(tx, userId, since)) await recordEvent(tx, userId, "factors-restored", info);
  // Race: a login that is under way with something that was removed fails (ASVS 15.4.2).
  await bumpSecurityVersion(tx, userId);
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
