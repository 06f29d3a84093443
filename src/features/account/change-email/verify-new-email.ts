/** Requests a change of email, and makes it once the new email is verified. */
import { type EmailChanged, revertEmailToken } from "../../../core/account/email-revert.ts";
import { releaseUnverifiedEmail } from "../../../core/account/unverified.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { endTrust } from "../../../core/credentials/end-trust.ts";
import { type CredentialRefusal, changeCredentials, guardCredentialChange, orTaken } from "../../../core/credentials/guard-change.ts";
import { emailKey } from "../../../core/mail/email-key.ts";
import {
  endTokens,
  endTokensAfter,
  findToken,
  isRedeemable,
  issueToken,
  redeemCode,
  redeemToken,
  type Token,
  type TokenRow,
} from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, type Services, type Transaction } from "../../../core/services.ts";
import { endSessions, type Visitor } from "../../../core/sessions/session.ts";
import { findUserById } from "../../../core/users/users.ts";
import { columns } from "../../../db/columns.ts";

/** Verifies the new email of a requested change. */
export const changeEmailToken: TokenPurpose = {
  name: "change-email",
  lifetimeMs: 3_600_000,
  // Turning two-factor authentication on ends all other sessions, and with them what an intruder requested there.
  revokedBy: ["password-change", "email-change", "sessions-end"],
};

/** The requested change whose new email is not verified yet. */
export async function findPendingChange(s: Services, userId: string): Promise<TokenRow | undefined> {
  return s.db
    .selectFrom("one_time_tokens")
    .select(columns.one_time_tokens)
    .where("user_id", "=", userId)
    .where("purpose", "=", changeEmailToken.name)
    .where("expires_at", ">", s.now())
    .orderBy("created_at", "desc")
    .executeTakeFirst();
}

/** How the new email was verified: a code works only in the browser that requested it, a link in any session of the account. */
export type Proof = { readonly browser: string; readonly code: string } | { readonly token: string };

/** `dead`: the code or link is invalid, expired or for another account. `taken`: another account has the email. */
type EmailChange =
  | { readonly ok: true; readonly change: EmailChanged }
  | { readonly ok: false; readonly reason: CredentialRefusal | "dead" | "taken" };

interface Verification {
  readonly visitor: Visitor;
  readonly proof: Proof;
  readonly info: RequestInfo;
  /** Sends the emails in the same transaction. */
  readonly notify: (tx: Transaction, change: EmailChanged) => Promise<void>;
}

/** Changes the email to the one that the code or link was sent to. Ends the account's other sessions and the links in earlier emails. */
export async function verifyEmailChange(s: Services, verification: Verification): Promise<EmailChange> {
  const changed = await orTaken(inTransaction(s, (tx) => verify(tx, verification)));
  if (!changed.ok && changed.reason === "taken") await endTokens(s, verification.visitor.user.id, [changeEmailToken]);
  return changed;
}

async function verify(tx: Transaction, { visitor, proof, info, notify }: Verification): Promise<EmailChange> {
  const { session, user: visiting } = visitor;
  const row = await redeem(tx, visiting.id, proof);
  const was = row && (await findUserById(tx, visiting.id));
  if (!row || !was) return { ok: false, reason: "dead" };
  // Race (CVE-2026-32700): the token row holds the exact email, so of two concurrent changes neither verifies the other's.
  const set = { email: row.email, email_key: emailKey(row.email), email_verified_at: tx.now() };
  const allowed = await guardCredentialChange(tx, { was, session });
  if (!allowed.ok) return allowed;
  await releaseUnverifiedEmail(tx, row.email);
  const user = await changeCredentials(tx, allowed.account, set);
  await endTokensAfter(tx, was.id, "email-change");
  await endSessions(tx, was.id, session);
  await endTrust(tx, allowed.account);
  await recordEvent(tx, was.id, "email-changed", info);
  // Account takeover by a mistyped email: an unverified old email gets no revert link.
  const isProven = was.email_verified_at !== null && isRedeemable(tx, revertEmailToken);
  const revert = isProven ? (await issueToken(tx, { purpose: revertEmailToken, userId: was.id, email: was.email })).token : undefined;
  const change = { was, user, revert };
  await notify(tx, change);
  return { ok: true, change };
}

/** Keeps a link of another account valid: only a session of its own account redeems it. */
async function redeem(tx: Transaction, userId: string, proof: Proof): Promise<TokenRow | undefined> {
  if ("code" in proof) return redeemCode(tx, changeEmailToken, proof.browser, proof.code);
  const found = await findToken(tx, changeEmailToken, proof.token);
  return found?.user_id === userId ? redeemToken(tx, changeEmailToken, proof.token) : undefined;
}

interface EmailChangeRequest {
  readonly userId: string;
  readonly email: string;
  /** Id of the requesting browser: the code works in no other. */
  readonly browser: string;
  readonly info: RequestInfo;
}

/** Issues the code and the link for a new email, and ends an earlier requested change. */
export async function requestEmailChange(
  tx: Transaction,
  { userId, email, browser, info }: EmailChangeRequest,
): Promise<{ token: Token; code: string }> {
  const { token, code = "" } = await issueToken(tx, { purpose: changeEmailToken, userId, email, browser });
  await recordEvent(tx, userId, "email-change-requested", info);
  return { token, code };
}
