/** Decides which account a proven login with a provider opens. */

import { releaseUnverifiedEmail } from "../../../core/account/unverified.ts";
import { type GuardedAccount, lockAccount } from "../../../core/credentials/guard-change.ts";
import { opensByInbox } from "../../../core/credentials/ways-back.ts";
import { findIdentity, linkIdentity } from "../../../core/identities/identities.ts";
import { announceLinked } from "../../../core/identities/notices.ts";
import { createProof, type ProofStage, type ProvenLogin } from "../../../core/identities/proofs.ts";
import { wasLoggedOut } from "../../../core/identities/provider-logouts.ts";
import { mayLinkItself } from "../../../core/identities/unlinked-issuers.ts";
import { emailKey } from "../../../core/mail/email-key.ts";
import { lockMailbox } from "../../../core/mail/email-limits.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import { isAllowedDomain, type Provider } from "../../../core/providers/provider.ts";
import type { Reservation } from "../../../core/rate-limits/rate-limits.ts";
import type { Transaction } from "../../../core/services.ts";
import type { SignInOptions } from "../../../core/sign-in/sign-in.ts";
import { findUserByEmail, findUserById, isEmail } from "../../../core/users/users.ts";
import { type Finished, finish } from "./finish.ts";
import { createAccount, type NewAccountData, proposedUsername } from "./new-account.ts";
import { canSignUp } from "./offered.ts";
import type { Refusal } from "./refuse.ts";

export type Decision =
  | Finished
  /** The user is asked for something. */
  | {
      readonly kind: "pending";
      readonly stage: ProofStage;
      readonly email: string;
      readonly account?: GuardedAccount;
      readonly visitorId?: string | undefined;
    }
  /** `username`: it is taken, or was released a short time ago. */
  | { readonly kind: "refused"; readonly reason: Refusal | "username" };

export interface Deciding {
  readonly provider: Provider;
  readonly login: ProvenLogin;
  readonly options: SignInOptions;
  /** The counted attempt, released with a session. */
  readonly attempts?: readonly Reservation[];
  /** The email that is proven: vouched for by the provider, or by a code. */
  readonly email?: string | undefined;
  /** Set once the user has answered the form for a new account. */
  readonly data?: NewAccountData | undefined;
  /** The unverified account over which the user has chosen a new one with the same email. */
  readonly takesEmailOf?: string | null | undefined;
  /** The user who is logged in in this browser: before another account opens, a page asks. */
  readonly visitorId?: string | undefined;
}

/** In one transaction, with the account locked. Identity is issuer and subject, and never an email (OpenID Connect Core, 5.7). */
export async function decide(tx: Transaction, deciding: Deciding): Promise<Decision> {
  const { login } = deciding;
  if (await wasLoggedOut(tx, login)) return { kind: "refused", reason: "expired" };
  const known = await findIdentity(tx, login.issuer, login.subject);
  if (known) return openKnown(tx, deciding, known);
  const email = deciding.email ?? (login.isEmailVouched ? login.email : undefined);
  // Pre-hijacking by an unverified email: no answer depends on whether it has an account before its inbox is proven.
  if (email === undefined || !isEmail(email))
    return canSendEmail(tx) ? { kind: "pending", stage: "email", email: login.email ?? "" } : { kind: "refused", reason: "no-email" };
  return openByEmail(tx, deciding, email);
}

async function openKnown(tx: Transaction, deciding: Deciding, known: { readonly id: string; readonly user_id: string }): Promise<Decision> {
  const { login, options, attempts } = deciding;
  const account = await lockAccount(tx, known.user_id);
  // Race: the identity may have been unlinked until the row was locked.
  const still = await findIdentity(tx, login.issuer, login.subject);
  if (!account || still?.user_id !== account.id) return { kind: "refused", reason: "expired" };
  if (replacesSession(deciding, account.id)) return asksFirst(deciding, account);
  return finish(tx, { user: account, identityId: known.id, login, options, ...(attempts && { attempts }) });
}

/** Login CSRF: a login of another account must not replace the session without a word. */
function replacesSession({ visitorId }: Deciding, userId?: string): boolean {
  return visitorId !== undefined && visitorId !== userId;
}

function asksFirst({ login, visitorId }: Deciding, account?: GuardedAccount): Decision {
  return { kind: "pending", stage: "switch", email: login.email ?? "", visitorId, ...(account && { account }) };
}

async function openByEmail(tx: Transaction, deciding: Deciding, email: string): Promise<Decision> {
  const { provider, login } = deciding;
  // Race: serialises sign-ups with one email.
  await lockMailbox(tx, email);
  const found = await findUserByEmail(tx, email);
  const account = found && found.must_verify_since === null ? await lockAccount(tx, found.id) : undefined;
  if (!account) return signUp(tx, deciding, email);
  // Race: until its row was locked, the account may have got another email, and the login would be of the former owner of this one.
  if (emailKey(account.email) !== emailKey(email)) return { kind: "refused", reason: "expired" };
  if (account.email_verified_at === null) {
    // Only the account that the page has asked about.
    if (deciding.takesEmailOf !== account.id) return { kind: "pending", stage: "claim", email, account };
    return signUp(tx, deciding, email, account);
  }
  // Account takeover: only the provider's word links by itself, and no emailed code. A second factor is asked for before the link, not after.
  // Downgrade: the word of a provider proves no more than an inbox, which may do nothing to an account of passkeys alone.
  const mayLink =
    provider.link === "verified" &&
    login.isEmailVouched &&
    login.email === email &&
    account.two_factor_since === null &&
    (await opensByInbox(tx, account)) &&
    (await mayLinkItself(tx, account.id, provider));
  if (!mayLink) return { kind: "pending", stage: "link", email, account };
  return replacesSession(deciding, account.id) ? asksFirst(deciding, account) : linkAndOpen(tx, deciding, account);
}

/** Both sides are verified, and the site allows it. The owner is told, and can take it back. Nobody has confirmed it, so it brings no factors. */
async function linkAndOpen(tx: Transaction, { login, options, attempts }: Deciding, account: GuardedAccount): Promise<Decision> {
  if (account.disabled_at !== null || account.compromised_at !== null) return { kind: "refused", reason: "blocked" };
  const linked = await linkIdentity(tx, account, { ...login, isConfirmed: false });
  if (!linked.ok) return { kind: "refused", reason: linked.reason };
  await announceLinked(tx, account, options.info, login);
  const user = await findUserById(tx, account.id);
  if (!user) return { kind: "refused", reason: "blocked" };
  return finish(tx, { user, identityId: linked.id, login, options, news: "linked", ...(attempts && { attempts }) });
}

/** `loser`: the unverified account that loses the email, once the new account is made. Whoever gives up before takes nothing away. */
async function signUp(tx: Transaction, deciding: Deciding, email: string, loser?: GuardedAccount): Promise<Decision> {
  const { provider, login, options, attempts } = deciding;
  const refusal = signUpRefusal(tx, provider, email);
  if (refusal) return { kind: "refused", reason: refusal };
  const data = deciding.data ?? (await proposedUsername(tx, login, email));
  if (!data) return { kind: "pending", stage: "username", email, ...(loser && { account: loser }) };
  if (replacesSession(deciding)) return asksFirst(deciding);
  // The inbox is proven here, so an unfinished sign-up of a stranger gives way.
  await releaseUnverifiedEmail(tx, email);
  const made = await createAccount(tx, { login, email, data, loser, info: options.info });
  if (!made.ok) return made.reason === "username" ? { kind: "refused", reason: "username" } : { kind: "refused", reason: made.reason };
  return finish(tx, { user: made.user, identityId: made.identityId, login, options, news: "signed-up", ...(attempts && { attempts }) });
}

function signUpRefusal(tx: Transaction, provider: Provider, email: string): "domain" | "closed" | undefined {
  if (!isAllowedDomain(provider, email)) return "domain";
  return canSignUp(tx, provider) ? undefined : "closed";
}

interface Pending {
  readonly stage: ProofStage;
  readonly email: string;
  readonly account?: { readonly id: string; readonly security_version: number } | undefined;
  readonly visitorId?: string | undefined;
}

/** Stores the proof for the page that asks, bound to this browser by its secret. */
export function storePending(
  tx: Transaction,
  secret: string,
  login: ProvenLogin,
  { stage, email, account, visitorId }: Pending,
): Promise<void> {
  return createProof(tx, { secret, stage, login, email, account, visitorId });
}
