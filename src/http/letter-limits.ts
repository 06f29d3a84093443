/** How many letters may go out: by one network, to one mailbox, and by whom. */
import { type Attempt, lockBudget, type RateLimit, reserve, tryConsume } from "../core/rate-limits/rate-limits.ts";
import type { Services, Transaction } from "../core/services.ts";
import { emailKey, type UserRow } from "../core/users/users.ts";
import type { Context } from "./context.ts";
import { clientNetwork } from "./request/client-ip.ts";
import { knownDevice } from "./request/known-device.ts";

/** Counts a letter against whoever asks for it: past the budget, the answer may say so. */
export function takeLetterOfSender(c: Context): Promise<Attempt> {
  return reserve(c.get("s"), [ofSender(c)]);
}

/**
 * Whether one more letter may go to a mailbox that somebody signs up with, counted whether it has an account or not. Past the budget
 * nothing is sent and the answer stays the same: a person who asks for a sixth letter has five, and an attacker learns nothing.
 * It is not the budget of new passwords, which anybody can spend who knows the address.
 */
export async function mayConfirmMailbox(c: Context, email: string): Promise<boolean> {
  const attempt = await reserve(c.get("s"), [ofPair(c, email), ...mailbox(c.get("s"), "letters-signup", email)]);
  return attempt.ok;
}

/**
 * The same for a letter with a new password. Browsers that have logged in to the account have a budget of their own: whoever spends
 * the mailbox's does not keep its owner out (OWASP, device cookies). All of them share it, or logging in would make new ones.
 */
export async function mayResetMailbox(c: Context, email: string, user: UserRow | undefined): Promise<boolean> {
  const s = c.get("s");
  const isOwners = user !== undefined && user.email_confirmed_at !== null && knownDevice(c, user) !== undefined;
  const attempt = await reserve(
    s,
    isOwners
      ? [{ name: "letters-device", of: user.id, budget: s.settings.lettersPerDevice }]
      : [ofPair(c, email), ...mailbox(s, "letters-mailbox", email)],
  );
  return attempt.ok;
}

/** Makes what several requests want to write to one mailbox come one after another, within the caller's transaction. */
export async function lockMailbox(tx: Transaction, email: string): Promise<void> {
  const [claim] = mailbox(tx, "letters-signup", email);
  if (claim) await lockBudget(tx, claim);
}

/** Counts a letter against its sender and its mailbox at once, where a person who is logged in may know that the budget is spent. */
export function takeLetterTo(c: Context, email: string): Promise<Attempt> {
  return reserve(c.get("s"), [ofSender(c), ofPair(c, email), ...mailbox(c.get("s"), "letters-mailbox", email)]);
}

/**
 * Whether a notice may go to a mailbox, counted within the caller's transaction. Who has an account on a stranger's address can do
 * something to it a thousand times; but of what is done to an owner's, one letter of each kind goes out in an hour whatever was sent.
 */
export async function mayNotify(tx: Transaction, email: string, kind: string): Promise<boolean> {
  const of = mailboxOf(email);
  if (await tryConsume(tx, { name: "notices-mailbox", of, budget: tx.settings.noticesPerMailbox })) return true;
  if (await tryConsume(tx, { name: "notices-kind", of: `${kind} ${of}`, budget: { count: 1, perMs: 3_600_000 } })) return true;
  tx.log.warn({ kind }, "a notice was not sent: its mailbox has had too many");
  return false;
}

/** Counts a code or a link that somebody tries. */
export function takeCodeTry(c: Context): Promise<Attempt> {
  const s = c.get("s");
  return reserve(s, [{ name: "codes-address", of: clientNetwork(c), budget: s.settings.codesPerAddress }]);
}

function ofSender(c: Context): RateLimit {
  return { name: "letters-address", of: clientNetwork(c), budget: c.get("s").settings.lettersPerAddress };
}

/** Of one network against one mailbox: it is spent before the mailbox's own, which others need. */
function ofPair(c: Context, email: string): RateLimit {
  const of = `${clientNetwork(c)} ${mailboxOf(email)}`;
  return { name: "letters-pair", of, budget: c.get("s").settings.lettersPerMailboxAndAddress };
}

function mailbox({ settings }: Services, name: "letters-mailbox" | "letters-signup", email: string): RateLimit[] {
  const of = mailboxOf(email);
  return [
    { name, of, budget: settings.lettersPerMailbox },
    { name: `${name}-long`, of, budget: settings.lettersPerMailboxLong },
  ];
}

/** What is written after a "+" most servers put into the same mailbox, and any of a thousand such addresses would have a budget. */
function mailboxOf(email: string): string {
  return emailKey(email).replace(/^([^@+]+)\+[^@]*@/, "$1@");
}
