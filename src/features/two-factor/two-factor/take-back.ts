/** Takes back factors that an intruder added. */
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import type { Transaction } from "../../../core/services.ts";
import { enrolledMethods } from "../../../core/two-factor/enrolled.ts";
import { turnOff } from "../../../core/two-factor/state.ts";
import { endTrustedDevices } from "../../../core/two-factor/trusted-devices.ts";

/**
 * Removes authenticators and recovery codes that were added since then. Lockout: a second factor that was turned on since then is turned
 * off. Downgrade: one that was on before stays on, even without a factor; an administrator resets it.
 */
export async function takeBackFactors(tx: Transaction, userId: string, since: number): Promise<void> {
  const account = await lockAccount(tx, userId);
  if (!account) return;
  await tx.db
    .deleteFrom("authenticators")
    .where("user_id", "=", userId)
    .where(({ eb, or }) => or([eb("created_at", ">=", since), eb("confirmed_at", ">=", since)]))
    .execute();
  await tx.db.deleteFrom("recovery_codes").where("user_id", "=", userId).where("created_at", ">=", since).execute();
  await endTrustedDevices(tx, userId);
  const wasTurnedOn = account.two_factor_since !== null && account.two_factor_since >= since;
  if (wasTurnedOn && !(await enrolledMethods(tx, userId)).includes("totp")) await turnOff(tx, account);
}
