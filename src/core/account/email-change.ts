/** Changing an account's address: asked for, proved by the new mailbox, and for three days undone by the old one. */

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

/** Proves the new email of a change that was asked for. */
export const changeEmailToken: TokenPurpose = {
  name: "change-email",
  lifetimeMs: 3_600_000,
  landingPath: "/settings/change-email/confirm",
  revokedBy: ["password-change", "email-change"],
};

/** Takes a change of email back; sent to the email that the account had before. */
export const revertEmailToken: TokenPurpose = {
  name: "revert-email",
  lifetimeMs: 72 * 3_600_000,
  landingPath: "/revert-email",
  manyAtOnce: true,
  survivesRevocation: true,
  marksEmailLeft: true,
};

/**
 * For "this wasn't me": gives the account back to the mailbox that the button's letter went to, where it was changed away from
 * inside the last 72 hours: whoever pressed the button has proved that mailbox and no other. Where that is the present address, which
 * may be the intruder's, it is the oldest that nobody else has by now, for who took an account over can change the address twice.
 * Gives the token of the change that was undone. Sessions, tokens, record and letters are the caller's.
 */
export async function revertEmailChange(tx: Transaction, userId: string, proven: string): Promise<TokenRow | undefined> {
  const rows = await pendingEmailReverts(tx, userId);
  for (const row of rows.toSorted((one, other) => Number(other.email === proven) - Number(one.email === proven)))
    if (await restore(tx, row, row.email === proven)) return row;
  return undefined;
}

/** The addresses that the account can still go back to, each with its token, the oldest first. */
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

/** The change that waits for its new mailbox, if there is one. */
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

/** How the new mailbox was proved: by the digits, in the browser that asked, or by the link, wherever the account is logged in. */
export type Proof = { readonly browser: string; readonly code: string } | { readonly token: string };

/** `dead`: the code or link is not, or no longer, good for this account. `taken`: the address is somebody else's by now. */
export type EmailChange =
  | { readonly ok: true; readonly change: EmailChanged }
  | { readonly ok: false; readonly reason: CredentialRefusal | "dead" | "taken" };

export interface EmailChanged {
  readonly was: UserRow;
  readonly user: UserRow;
  /** For the link in the letter to the old address; undefined where nobody ever proved that address, which may be a stranger's. */
  readonly revert: Token | undefined;
}

interface Verification {
  readonly visitor: Visitor;
  readonly proof: Proof;
  readonly info: RequestInfo;
  /** Posts the letters, in the same transaction. */
  readonly notify: (tx: Transaction, change: EmailChanged) => Promise<void>;
}

/** Changes the address to the one that the code or link was sent to. Ends the account's other sessions and the links in older letters. */
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
  // The row holds the exact address that was written to, so of two changes at once none confirms the other's (CVE-2026-32700).
  const set = { email: row.email, email_key: emailKey(row.email), email_verified_at: tx.now() };
  const allowed = await guardCredentialChange(tx, { was, session });
  if (!allowed.ok) return allowed;
  await releaseUnverifiedEmail(tx, row.email);
  const user = await changeCredentials(tx, allowed.account, set);
  await endTokensAfter(tx, was.id, "email-change");
  await endSessions(tx, was.id, session);
  await recordEvent(tx, was.id, "email-changed", info);
  // A typing mistake that is put right must not leave the account to whoever has the mistyped address.
  const isProven = was.email_verified_at !== null && tx.catalog.tokens.includes(revertEmailToken);
  const revert = isProven ? (await issueToken(tx, { purpose: revertEmailToken, userId: was.id, email: was.email })).token : undefined;
  const change = { was, user, revert };
  await notify(tx, change);
  return { ok: true, change };
}

/** A link that was mailed to somebody else's account is left alone: it is not this visitor's to use up. */
async function redeem(tx: Transaction, userId: string, proof: Proof): Promise<TokenRow | undefined> {
  if ("code" in proof) return redeemCode(tx, changeEmailToken, proof.browser, proof.code);
  const found = await findToken(tx, changeEmailToken, proof.token);
  return found?.user_id === userId ? redeemToken(tx, changeEmailToken, proof.token) : undefined;
}

interface EmailChangeRequest {
  readonly userId: string;
  readonly email: string;
  /** What the browser that asks is called for this account: the digits are good in no other. */
  readonly browser: string;
  readonly info: RequestInfo;
}

/** Issues the code and the link for a new address. A change that waited until now is over. */
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
 * Restores the address that the link was mailed to, and ends the account's sessions and tokens. Links of earlier addresses live
 * on, or who took an account over could change the address twice, and undo the second change to be rid of the owner's link.
 */
export async function redeemRevert(tx: Transaction, token: string, info: RequestInfo): Promise<EmailReverted> {
  const row = await lockToken(tx, revertEmailToken, token);
  const was = row && (await findUserById(tx, row.user_id));
  if (!row || !was) return { ok: false, reason: "dead" };
  if (!(await restore(tx, row, true))) return { ok: false, reason: "taken" };
  if (!(await redeemToken(tx, revertEmailToken, token))) throw new Error("A link that was there is gone within a transaction.");
  await revokeAllAccess(tx, row.user_id, row.created_at);
  await recordEvent(tx, row.user_id, "email-change-undone", info);
  return { ok: true, was, email: row.email };
}

/**
 * Gives the account an address again that it had, and had confirmed, unless somebody else has it by now. An account that was made on
 * it since, and never confirmed, keeps nobody from it who has just proved the mailbox.
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
  // An erasure that waits may be the wish of whoever had changed the address.
  await changeCredentials(tx, account, { email, email_key: emailKey(email), email_verified_at: tx.now(), erase_at: null });
  return true;
}
