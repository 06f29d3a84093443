/** Turns two-factor authentication of an account on and off. */

import { FactorRequiredError } from "../credentials/factor-required-error.ts";
import { bumpSecurityVersion, changeCredentials, type GuardedAccount } from "../credentials/guard-change.ts";
import { keepRemoved } from "../credentials/removed-factors.ts";
import type { Services, Transaction } from "../services.ts";
import { type FactorId, recoveryCodesId } from "../sessions/factor-id.ts";
import { forgetFactors } from "../sessions/forget-factors.ts";
import type { Method } from "../sessions/methods.ts";
import { endSessions, type Session } from "../sessions/session.ts";
import { toUser } from "../users/users.ts";
import { listAuthenticators, removeAuthenticator } from "./authenticators.ts";
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

/** {@link turnOff} at the user's request. Ends the other sessions. Returns until when a report can restore it; null if it can't. */
export async function turnOffAtRequest(
  tx: Transaction,
  account: GuardedAccount,
  session: Pick<Session, "tokenHash">,
): Promise<number | null> {
  const factors = await factorsThatGo(tx, account.id);
  const keptUntil = await keepRemoved(tx, account, { session, factors, turnsOff: true });
  await endSessions(tx, account.id, session);
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

/** Whether the account has no second factor besides this app, so that its removal turns two-factor authentication off. */
export async function isLastFactor(s: Services, userId: string, id: string): Promise<boolean> {
  if ((await listAuthenticators(s, userId)).some((each) => each.id !== id)) return false;
  return (await factorsOf(s, userId)).every((method) => method === "totp");
}

interface AppRemoved {
  readonly isOn: boolean;
  /** Until when a report can restore it; null if it can't. */
  readonly keptUntil: number | null;
}

/** Removes an app at the user's request, and turns two-factor authentication off without another factor. Undefined if the account does not have it. */
export async function removeApp(
  tx: Transaction,
  account: GuardedAccount,
  id: string,
  session: Pick<Session, "tokenHash">,
): Promise<AppRemoved | undefined> {
  if (!(await listAuthenticators(tx, account.id)).some((each) => each.id === id)) return undefined;
  if (await isLastFactor(tx, account.id, id)) {
    requireMayTurnOff(tx, account);
    return { isOn: false, keptUntil: await turnOffAtRequest(tx, account, session) };
  }
  const keptUntil = await keepRemoved(tx, account, { session, factors: [id] });
  await removeAuthenticator(tx, account, id);
  // Stolen phone: its browser may be logged in by any factor, or since before the app was set up (ASVS 7.4.3).
  await endSessions(tx, account.id, session);
  await endTrustedDevices(tx, account.id);
  await bumpSecurityVersion(tx, account.id);
  return { isOn: true, keptUntil };
}

/** Policy bypass: throws {@link FactorRequiredError} for an account that the policy covers. */
export function requireMayTurnOff(tx: Transaction, account: GuardedAccount): void {
  if (!mayTurnOff(tx, toUser(account))) throw new FactorRequiredError();
}

/** The second factors that the account can use; recovery codes only replace one. */
async function factorsOf(s: Services, userId: string): Promise<Method[]> {
  const methods = await Promise.all(s.catalog.secondFactors.map(({ enrolled }) => enrolled(s, userId)));
  return methods.flat().filter((method) => method !== "recovery-code");
}
