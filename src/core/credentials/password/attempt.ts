/** Verifies a password at login, with rate limits and failure counts. */
import { recordEvent } from "../../audit/log.ts";
import { emailWords, type MailContent, sendSecurityNotice, siteUrl } from "../../mail/emails.ts";
import { hitsOf, isSpent, perNetwork, type RateLimit, type Reservation, reserve, withReservation } from "../../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../../request-info.ts";
import { inTransaction, recoveryPath, type Services, type Transaction } from "../../services.ts";
import { findUserByLoginName, type LoginName, loginNameKey } from "../../users/login-name.ts";
import type { AccountRow, UserRow } from "../../users/users.ts";
import type { HashRequester } from "./hash-queue.ts";
import { messages } from "./lockout.messages.ts";
import { countFailure, maxFailures } from "./lockout.ts";
import { checkPassword } from "./passwords.ts";

export type PasswordAttempt =
  | { readonly ok: true; readonly user: AccountRow; readonly upgradedHash: string | undefined; readonly attempt: Reservation }
  | { readonly ok: false; readonly reason: "wrong" }
  | { readonly ok: false; readonly reason: "too-many"; readonly retryAfterSeconds: number };

/**
 * Tries a password for the account with this name. Account enumeration: without one, the result, the time and the queries are the
 * same (ASVS 6.3.8).
 */
export async function tryPassword(s: Services, info: RequestInfo, name: LoginName, password: string): Promise<PasswordAttempt> {
  // With `PASSWORDS=off` no stored hash is ever computed, whichever route asks.
  if (s.settings.passwords === "off") return { ok: false, reason: "wrong" };
  const user = await findUserByLoginName(s, name);
  const device = user && info.knownDevice(user);
  const attempt = await reserve(s, limitsOf(s, info, { name, user, device }));
  if (!attempt.ok) return { ok: false, reason: "too-many", retryAfterSeconds: attempt.retryAfterSeconds };
  const requester: HashRequester = { account: `${device ? "known" : "login"} ${loginNameKey(name)}`, device, network: info.network };
  // Account enumeration: 429 for guesses under the other name would reveal that both are one account's, so the password counts as wrong.
  const isChecked = hitsOf(attempt, bothNames) <= s.settings.loginPerAccount.count;
  const check = await withReservation(s, attempt, checkPassword(s, isChecked ? user : undefined, password, requester));
  if (check.ok && user) return { ok: true, user, upgradedHash: check.upgraded, attempt };
  await recordFailure(s, info, user, { attempt, isWrong: isChecked });
  return { ok: false, reason: "wrong" };
}

/** With `LOGIN_WITH=both`: counts the failures of an account under both of its names. */
const bothNames = "login-names";
/** Never used up, so that every attempt runs the same statements. */
const uncapped = 1_000_000_000;

interface Attempted {
  readonly name: LoginName;
  readonly user: UserRow | undefined;
  readonly device: string | undefined;
}

/**
 * Account lockout by an attacker: a known device spends a budget of its own, and not the account's (ASVS 6.3.1; OWASP, device cookies).
 * Every limit counts failures: a success releases its reservation.
 */
function limitsOf({ settings }: Services, info: RequestInfo, { name, user, device }: Attempted): RateLimit[] {
  if (device) return [{ name: "login-device", of: device, budget: settings.loginPerDevice }];
  const of = loginNameKey(name);
  const budget = { count: uncapped, perMs: settings.loginPerAccount.perMs };
  return [
    { name: "login-account", of, budget: settings.loginPerAccount },
    ...(settings.loginWith === "both" ? [{ name: bothNames, of: user?.id ?? of, budget }] : []),
    ...perNetwork(info, "login-ip", settings.loginPerIp),
    { name: "login-site", of: "", budget: settings.loginPerSite },
  ];
}

interface Failure {
  readonly attempt: Reservation;
  /** False for an unverified account and for an unchecked password: the failure counts against no account. */
  readonly isWrong: boolean;
}

/** Counts and records a failed attempt; locks the password and notifies the owner after too many. */
export async function recordFailure(
  s: Services,
  info: RequestInfo,
  user: UserRow | undefined,
  { attempt, isWrong }: Failure,
): Promise<void> {
  // Audit log flooding: recorded with the failure that spends the budget, so attempts refused later write nothing (ASVS 16.3.1).
  const isLimited = isSpent(attempt, "login-account") || isSpent(attempt, "login-device");
  // Guessing by resending a form: `atCommit` would roll back the repeated submission, and with it this count.
  await inTransaction({ ...s, atCommit: undefined }, async (tx) => {
    const { isLocked } = await countFailure(tx, isWrong ? user : undefined);
    await recordEvent(tx, user?.id ?? null, "login-failed", info);
    if (isLimited) await recordEvent(tx, user?.id ?? null, "login-limited", info);
    if (!user || !isLocked) return;
    await recordEvent(tx, user.id, "password-locked", info);
    await sendSecurityNotice(tx, user, info, lockedNotice(tx, user, info));
  });
}

function lockedNotice(tx: Transaction, to: UserRow, info: RequestInfo): MailContent {
  const t = emailWords(tx, messages, { to, info });
  const recovery = recoveryPath(tx);
  return {
    kind: "password-locked",
    subject: t("email.subject"),
    paragraphs: [t("email.intro", { count: maxFailures }), t("email.advice")],
    action: { text: t(recovery === undefined ? "email.logIn" : "email.reset"), url: siteUrl(tx, recovery ?? "/login") },
  };
}
