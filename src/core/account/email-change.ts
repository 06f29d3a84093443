/** Changes an account's email after verification; revertible for 72 hours. */

import { columns } from "../../db/columns.ts";
import { lockRow } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import { type CredentialRefusal, changeCredentials, guardCredentialChange, lockAccount, orTaken } from "../credentials/guard-change.ts";
import { revokeAllAccess } from "../credentials/revoke-access.ts";
import { emailKey } from "../mail/email-key.ts";
import {
  endTokens,
  endTokensAfter,
  findToken,
  isRedeemable,
  issueToken,
  lockToken,
  redeemCode,
  redeemToken,
  type Token,
  type TokenRow,
} from "../one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../one-time-tokens/token-purpose.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { endSessions, type Visitor } from "../sessions/session.ts";
import { findUserById, type UserRow } from "../users/users.ts";
import { eraseUser } from "./erasure.ts";
import { releaseUnverifiedEmail } from "./unverified.ts";

/** Verifies the new email of a requested change. */
export const changeEmailToken: TokenPurpose = {
  name: "change-email",
  lifetimeMs: 3_600_000,
  revokedBy: ["password-change", "email-change"],
};

/** Reverts a change of email; sent to the previous email. */
export const revertEmailToken: TokenPurpose = {
  name: "revert-email",
  lifetimeMs: 72 * 3_600_000,
  manyAtOnce: true,
  survivesRevocation: true,
  marksEmailLeft: true,
};

/**
 * Reverts an email change after a reported compromise: to the email that the report came from, else to the oldest one not taken. Returns
 * the token of the reverted change; the caller revokes sessions and tokens, records the event and sends emails.
 */
export async function revertEmailChange(tx: Transaction, userId: string, proven: string): Promise<TokenRow | undefined> {
  const rows = await pendingEmailReverts(tx, userId);
  for (const row of rows.toSorted((one, other) => Number(other.email === proven) - Number(one.email === proven)))
    if (await restore(tx, row, row.email === proven)) return row;
  return undefined;
}

/** Emails that the account can still revert to, oldest first, each with its token. */
export function pendingEmailReverts(s: Services, userId: string): Promise<TokenRow[]> {
  return s.db
    .selectFrom("one_time_tokens")
    .select(columns.one_time_tokens)
    .where("user_id", "=", userId)
    .where("purpose", "=", revertEmailToken.name)
    .where("expires_at", ">", s.now())
    .orderBy("created_at")
    .execute();
}

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
export type EmailChange =
  | { readonly ok: true; readonly change: EmailChanged }
  | { readonly ok: false; readonly reason: CredentialRefusal | "dead" | "taken" };

export interface EmailChanged {
  readonly was: UserRow;
  readonly user: UserRow;
  /** For the revert link sent to the old email. Undefined if no feature reverts, or that email was never verified: its inbox may be a stranger's. */
  readonly revert: Token | undefined;
}

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

export type EmailReverted =
  | { readonly ok: true; readonly was: UserRow; readonly email: string }
  | { readonly ok: false; readonly reason: "dead" | "taken" };

/**
 * Restores the email that the link was sent to, and ends the account's sessions and tokens. Account takeover: links of earlier emails
 * survive, or an intruder could change the email twice and revert once to end the owner's link.
 */
export async function redeemRevert(tx: Transaction, token: string, info: RequestInfo): Promise<EmailReverted> {
  const row = await lockToken(tx, revertEmailToken, token);
  const was = row && (await findUserById(tx, row.user_id));
  if (!row || !was) return { ok: false, reason: "dead" };
  if (!(await restore(tx, row, true))) return { ok: false, reason: "taken" };
  if (!(await redeemToken(tx, revertEmailToken, token))) throw new Error("A locked token was deleted within its transaction.");
  await revokeAllAccess(tx, row.user_id, row.created_at);
  await recordEvent(tx, row.user_id, "email-change-undone", info);
  return { ok: true, was, email: row.email };
}

/**
 * Restores a verified email of the account, unless another account has it by now. An unverified account with this email is erased if the
 * caller has proved the inbox.
 */
async function restore(tx: Transaction, { user_id, email }: TokenRow, isProven: boolean): Promise<boolean> {
  const account = await lockAccount(tx, user_id);
  if (!account) return false;
  const holder = await lockRow(tx.db, "users", {
    where: (user) => user.and([user("email_key", "=", emailKey(email)), user("id", "!=", user_id)]),
    select: ["id", "email_verified_at"],
  });
  if (holder && (holder.email_verified_at !== null || !isProven)) return false;
  if (holder) await eraseUser(tx, holder.id);
  // An intruder who changed the email may also have scheduled an erasure.
  await changeCredentials(tx, account, { email, email_key: emailKey(email), email_verified_at: tx.now(), erase_at: null });
  return true;
}
