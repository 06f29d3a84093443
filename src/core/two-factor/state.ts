/** Turns two-factor authentication of an account on and off. */

import { FactorRequiredError } from "../credentials/factor-required-error.ts";
import { bumpSecurityVersion, changeCredentials, type GuardedAccount } from "../credentials/guard-change.ts";
import { keepRemoved } from "../credentials/removed-factors.ts";
import type { Services, Transaction } from "../services.ts";
import { forgetFactors } from "../sessions/forget-factors.ts";
import type { Method } from "../sessions/methods.ts";
import type { Session } from "../sessions/session.ts";
import { toUser } from "../users/users.ts";
import { listAuthenticators } from "./authenticators.ts";
import { type FactorId, recoveryCodesId } from "./factor-id.ts";
import { mayTurnOff } from "./policy.ts";
import { endTrustedDevices } from "./trusted-devices.ts";

/** Call it after a factor was added. Returns whether it was off. */
export async function turnOn(tx: Transaction, account: GuardedAccount): Promise<boolean> {
  await endTrustedDevices(tx, account.id);
  if (account.two_factor_since !== null) {
    await bumpSecurityVersion(tx, account.id);
    return false;
  }
  await changeCredentials(tx, account, { two_factor_since: tx.now() });
  return true;
}

/** {@link turnOff} at the user's request. Returns until when a report can restore it; null if it can't. */
export async function turnOffAtRequest(
  tx: Transaction,
  account: GuardedAccount,
  session: Pick<Session, "tokenHash">,
): Promise<number | null> {
  const factors = await factorsThatGo(tx, account.id);
  const keptUntil = await keepRemoved(tx, account, { session, factors, turnsOff: true });
  await turnOff(tx, account);
  return keptUntil;
}

/** What is removed with two-factor authentication. */
export async function factorsThatGo(s: Services, userId: string): Promise<FactorId[]> {
  return [...(await listAuthenticators(s, userId)).map(({ id }) => id), recoveryCodesId];
}

/** Removes the authenticators and recovery codes. Passkeys stay: they log in by themselves. */
export async function turnOff(tx: Transaction, account: GuardedAccount): Promise<void> {
  await tx.db.deleteFrom("authenticators").where("user_id", "=", account.id).execute();
  await tx.db.deleteFrom("recovery_codes").where("user_id", "=", account.id).execute();
  await forgetFactors(tx, account.id);
  await endTrustedDevices(tx, account.id);
  await changeCredentials(tx, account, { two_factor_since: null });
}

/** Call it after the user has removed a factor: without another one, two-factor authentication is turned off. Returns whether it stays on. */
export async function keepOn(tx: Transaction, account: GuardedAccount, session: Pick<Session, "tokenHash">): Promise<boolean> {
  if ((await factorsOf(tx, account.id)).length === 0) {
    requireMayTurnOff(tx, account);
    await turnOffAtRequest(tx, account, session);
    return false;
  }
  await endTrustedDevices(tx, account.id);
  await bumpSecurityVersion(tx, account.id);
  return true;
}

/** Policy bypass: throws {@link FactorRequiredError} for an account that the policy covers. */
export function requireMayTurnOff(tx: Transaction, account: GuardedAccount): void {
  if (!mayTurnOff(tx, toUser(account))) throw new FactorRequiredError();
}

/** The second factors that the account can use; recovery codes only replace one. */
async function factorsOf(tx: Transaction, userId: string): Promise<Method[]> {
  const methods = await Promise.all(tx.catalog.secondFactors.map(({ enrolled }) => enrolled(tx, userId)));
  return methods.flat().filter((method) => method !== "recovery-code");
}
