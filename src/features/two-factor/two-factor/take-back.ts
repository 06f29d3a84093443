/** Takes back factors that an intruder added. */
import { recordEvent } from "../../../core/audit/log.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import { enrolledMethods } from "../../../core/two-factor/enrolled.ts";
import { turnOff } from "../../../core/two-factor/state.ts";
import { endTrustedDevices } from "../../../core/two-factor/trusted-devices.ts";
import { deleteReturning } from "../../../db/statements.ts";

/**
 * Removes authenticators and recovery codes that were added since then. Lockout: a second factor that was turned on since then is turned
 * off. Downgrade: one that was on before stays on, even without a factor; an administrator resets it.
 */
export async function takeBackFactors(tx: Transaction, userId: string, since: number, info: RequestInfo): Promise<void> {
  const account = await lockAccount(tx, userId);
  if (!account) return;
  const removed = await deleteReturning(tx.db, "authenticators", {
    where: ({ eb, and, or }) => and([eb("user_id", "=", userId), or([eb("created_at", ">=", since), eb("confirmed_at", ">=", since)])]),
    returning: ["confirmed_at"],
  }).execute();
  // One that is only being set up has no event of its addition either.
  for (const { confirmed_at } of removed) if (confirmed_at !== null) await recordEvent(tx, userId, "authenticator-removed", info);
  await tx.db.deleteFrom("recovery_codes").where("user_id", "=", userId).where("created_at", ">=", since).execute();
  await endTrustedDevices(tx, userId);
  const wasTurnedOn = account.two_factor_since !== null && account.two_factor_since >= since;
  if (!wasTurnedOn || (await enrolledMethods(tx, userId)).includes("totp")) return;
  await turnOff(tx, account);
  await recordEvent(tx, userId, "two-factor-off", info);
}
