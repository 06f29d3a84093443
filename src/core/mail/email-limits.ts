/** Limits how many emails go out: per network, per mailbox and per kind. */

import { type Attempt, hitsOf, lockBudget, perNetwork, type RateLimit, reserve, tryConsume } from "../rate-limits/rate-limits.ts";
import type { DeviceOwner, RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import { emailKey } from "./email-key.ts";

/** Counts an email against the network that requests it. The caller may reveal that this limit is reached. */
export function reserveEmail(s: Services, info: RequestInfo): Promise<Attempt> {
  return reserve(s, ofSender(s, info));
}

/**
 * Counts an email against the network and the mailbox, for a logged-in user, who may see that the limit is reached. Account enumeration: it
 * counts nothing else, or emails that were requested by a username would tell whose inbox they went to (ASVS 6.3.8).
 */
export function reserveEmailTo(s: Services, info: RequestInfo, email: string): Promise<Attempt> {
  return reserve(s, [...ofSender(s, info), ...ofPair(s, info, email, "emails-user-pair"), ...ofMailbox(s, "emails-user", email)]);
}

/**
 * Counts an email that a logged-in user requests to the account's own inbox. Lockout by spent budgets: strangers can spend that of an inbox,
 * but not that of a verified account.
 */
export function reserveOwnEmail(s: Services, info: RequestInfo, { id, email, email_verified_at }: VerifiedOrNot): Promise<Attempt> {
  if (email_verified_at === null) return reserveEmailTo(s, info, email);
  return reserve(s, [...ofSender(s, info), ...overBoth(s, "emails-account", id)]);
}

interface VerifiedOrNot {
  readonly id: string;
  readonly email: string;
  readonly email_verified_at: number | null;
}

/**
 * Whether another signup email may go to this mailbox. Account enumeration: counted for every email, and the caller's response stays the
 * same when the limit is reached (ASVS 6.3.8).
 */
export async function mayVerify(s: Services, info: RequestInfo, email: string): Promise<boolean> {
  const attempt = await reserve(s, [...ofPair(s, info, email), ...ofMailbox(s, "emails-signup", email)]);
  return attempt.ok;
}

/**
 * Whether another password reset may go to this mailbox. Lockout by spent budgets: all known devices of an account share a budget of
 * their own, so that strangers cannot keep the owner out (OWASP, device cookies).
 */
export async function mayReset(s: Services, info: RequestInfo, email: string, user: EmailOwner | undefined): Promise<boolean> {
  const isOwners = user !== undefined && user.email_verified_at !== null && info.knownDevice(user) !== undefined;
  const attempt = await reserve(
    s,
    isOwners
      ? [{ name: "emails-device", of: user.id, budget: s.settings.emailsPerDevice }]
      : [...ofPair(s, info, email), ...ofMailbox(s, "emails-mailbox", email)],
  );
  return attempt.ok;
}

interface EmailOwner extends DeviceOwner {
  readonly email_verified_at: number | null;
}

/** Serializes requests that email the same mailbox, until the caller's transaction ends. */
export async function lockMailbox(tx: Transaction, email: string): Promise<void> {
  const [limit] = ofMailbox(tx, "emails-signup", email);
  if (limit) await lockBudget(tx, limit);
}

interface Notified {
  readonly id: string;
  readonly email: string;
  readonly email_verified_at?: number | null;
}

/**
 * Whether a security notice may go to this account, counted within the caller's transaction. Suppressed notices: an intruder can spend the
 * account's budget, but one notice of each kind goes out per hour regardless. Unverified accounts share a budget of their own, so that
 * strangers with `ada+x@` neither use up the owner's nor flood the mailbox.
 */
export async function mayNotify(tx: Transaction, { id, email, email_verified_at }: Notified, kind: string): Promise<boolean> {
  const of = `${email_verified_at ? id : "unverified"} ${mailboxOf(email)}`;
  if (await tryConsume(tx, { name: "notices-account", of, budget: tx.settings.noticesPerInbox })) return true;
  if (await tryConsume(tx, { name: "notices-kind", of: `${kind} ${of}`, budget: { count: 1, perMs: 3_600_000 } })) return true;
  tx.log.warn({ kind }, "a security notice was not sent: its inbox has reached the limit");
  return false;
}

/** Counts an attempt at a code or a link from an email. */
export function reserveCodeAttempt(s: Services, info: RequestInfo): Promise<Attempt> {
  return reserve(s, perNetwork(info, "codes-network", s.settings.codesPerIp));
}

/** 10 tries an hour, over all codes: a new code brings no new tries (ASVS 6.6.3). */
const loginCodeBudget = { count: 10, perMs: 3_600_000 };

/** With `LOGIN_WITH=both`: counts the tries at an account under both of its names. */
const bothNames = "login-code-names";
/** Never used up, so that every try runs the same statements. */
const uncapped = { ...loginCodeBudget, count: 1_000_000_000 };

/** `isChecked`: false past the limit of the account's other name, so that the code counts as wrong. */
type LoginCodeAttempt = (Attempt & { readonly ok: true; readonly isChecked: boolean }) | (Attempt & { readonly ok: false });

/**
 * Counts a try at a login code. Lockout by spent budgets: counted for one login name and one network, and apart for all known devices of
 * the account together, so that strangers cannot keep the owner out (ASVS 6.3.1). Over many networks, the limits of emails bound the guesses.
 * Account enumeration: 429 for tries under the other name would reveal that both are one account's.
 */
export async function reserveLoginCode(
  s: Services,
  info: RequestInfo,
  { user, name }: { readonly user: DeviceOwner | undefined; readonly name: string },
): Promise<LoginCodeAttempt> {
  const isKnown = user !== undefined && info.knownDevice(user) !== undefined;
  const [from, account] = [isKnown ? "device" : (info.network ?? ""), user?.id ?? name];
  const isOfBoth = s.settings.loginWith === "both" && !isKnown;
  const attempt = await reserve(s, [
    ...perNetwork(info, "codes-network", s.settings.codesPerIp),
    { name: "login-codes", of: `${from} ${isOfBoth ? name : account}`, budget: loginCodeBudget },
    ...(isOfBoth ? [{ name: bothNames, of: `${from} ${account}`, budget: uncapped }] : []),
  ]);
  return attempt.ok ? { ...attempt, isChecked: hitsOf(attempt, bothNames) <= loginCodeBudget.count } : attempt;
}

function ofSender(s: Services, info: RequestInfo): RateLimit[] {
  return perNetwork(info, "emails-network", s.settings.emailsPerIp);
}

/** One network against one mailbox: smaller than the mailbox's own budget, so that one network cannot spend that. */
function ofPair(
  s: Services,
  { network }: RequestInfo,
  email: string,
  name: "emails-pair" | "emails-user-pair" = "emails-pair",
): RateLimit[] {
  if (network === undefined) return [];
  return [{ name, of: `${network} ${mailboxOf(email)}`, budget: s.settings.emailsPerInboxAndIp }];
}

function ofMailbox(s: Services, name: "emails-mailbox" | "emails-signup" | "emails-user", email: string): RateLimit[] {
  return overBoth(s, name, mailboxOf(email));
}

/** The budgets of the shorter and the longer period. */
function overBoth({ settings }: Services, name: string, of: string): RateLimit[] {
  return [
    { name, of, budget: settings.emailsPerInbox },
    { name: `${name}-long`, of, budget: settings.emailsPerInboxLong },
  ];
}

/** Budget evasion: most servers deliver `ada+anything@` to one mailbox, so the part after "+" is dropped. */
function mailboxOf(email: string): string {
  return emailKey(email).replace(/^([^@+]+)\+[^@]*@/, "$1@");
}
