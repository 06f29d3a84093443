/** One try at a password, wherever it is typed: counted, checked at the same cost for everybody, recorded when wrong. */
import { recordEvent } from "../core/audit/log.ts";
import type { HashAsker } from "../core/credentials/password/hash-queue.ts";
import { countFailure } from "../core/credentials/password/lockout.ts";
import { checkPassword } from "../core/credentials/password/passwords.ts";
import { isSpent, type RateLimit, type Reservation, reserve, withReservation } from "../core/rate-limits/rate-limits.ts";
import { inTransaction, recoveryPath, type Services } from "../core/services.ts";
import { emailKey, findUserByEmail, type UserRow } from "../core/users/users.ts";
import type { Context } from "./context.ts";
import { addressOf, type MailContent, sendSecurityNotice } from "./letters.ts";
import { clientNetwork, requestInfo } from "./request/client-ip.ts";
import { knownDevice } from "./request/known-device.ts";

const setAsideLetter = (s: Services): MailContent => ({
  kind: "password-set-aside",
  subject: "Your password has been set aside",
  paragraphs: [
    "Somebody has tried 100 wrong passwords in a row for your account. Nobody got in.",
    "So that they cannot go on guessing, your password opens nothing any more. To log in again, choose a new one: we send you a letter for that.",
  ],
  action: { text: "Choose a new password", url: addressOf(s, recoveryPath(s) ?? "/login") },
});

export type PasswordAttempt =
  | { readonly ok: true; readonly user: UserRow; readonly upgradedHash: string | undefined; readonly attempt: Reservation }
  | { readonly ok: false; readonly reason: "wrong" }
  | { readonly ok: false; readonly reason: "too-many"; readonly retryAfterSeconds: number };

/** Tries a password for the account that has this address, or for nobody's: words, status, time and queries are the same (ASVS 6.3.8). */
export async function tryPassword(c: Context, email: string, password: string): Promise<PasswordAttempt> {
  const s = c.get("s");
  const user = await findUserByEmail(s, email);
  const attempt = await reserve(s, claims(c, email, user));
  if (!attempt.ok) return { ok: false, reason: "too-many", retryAfterSeconds: attempt.retryAfterSeconds };
  const check = await withReservation(s, attempt, checkPassword(s, user, password, loginAsker(c, email, user)));
  if (check.ok && user) return { ok: true, user, upgradedHash: check.upgraded, attempt };
  await recordFailure(c, user, { attempt, isWrong: true });
  return { ok: false, reason: "wrong" };
}

/** Those who know an account's device wait apart from those who only know its email, so that guessing does not delay its owner. */
function loginAsker(c: Context, email: string, user: UserRow | undefined): HashAsker {
  const device = user && knownDevice(c, user);
  return { account: `${device ? "known" : "login"} ${emailKey(email)}`, device, network: clientNetwork(c) };
}

interface Failure {
  readonly attempt: Reservation;
  /** Whether the password was wrong. Else it was right and opens nothing yet: no guess, so nobody's count goes up at the same cost. */
  readonly isWrong: boolean;
}

/** Counts and records a failure, of which whoever tried learns nothing more than that. */
export async function recordFailure(c: Context, user: UserRow | undefined, { attempt, isWrong }: Failure): Promise<void> {
  const origin = requestInfo(c);
  // Recorded with the failure that spends the budget, so that what is refused after it costs no write and fills no table (ASVS 16.3.1).
  const isLimited = isSpent(attempt, "login-account") || isSpent(attempt, "login-device");
  // A failure is counted each time: it is no answer to keep.
  await inTransaction({ ...c.get("s"), atCommit: undefined }, async (tx) => {
    const { setAside } = await countFailure(tx, isWrong ? user : undefined);
    await recordEvent(tx, user?.id ?? null, "login-failed", origin);
    if (isLimited) await recordEvent(tx, user?.id ?? null, "login-limited", origin);
    if (!user || !setAside) return;
    await recordEvent(tx, user.id, "password-set-aside", origin);
    await sendSecurityNotice(tx, user, origin, setAsideLetter(tx));
  });
}

/**
 * Whose budgets a failure is taken from. A browser that has logged in to this account before has one of its own, so that
 * whoever burns the account's does not lock its owner out (ASVS 6.3.1; OWASP, device cookies).
 */
function claims(c: Context, email: string, user: UserRow | undefined): RateLimit[] {
  const { settings } = c.get("s");
  const device = user && knownDevice(c, user);
  if (device) return [{ name: "login-device", of: device, budget: settings.loginPerDevice }];
  return [
    { name: "login-account", of: emailKey(email), budget: settings.loginPerAccount },
    { name: "login-address", of: clientNetwork(c), budget: settings.loginPerAddress },
    { name: "login-site", of: "", budget: settings.loginPerSite },
  ];
}
