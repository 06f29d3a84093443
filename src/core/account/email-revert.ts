/** Reverts changes of email within 72 hours. */

import { columns } from "../../db/columns.ts";
import { lockRow } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import { changeCredentials, lockAccount } from "../credentials/guard-change.ts";
import { revokeAllAccess } from "../credentials/revoke-access.ts";
import { emailKey } from "../mail/email-key.ts";
import { lockToken, redeemToken, type Token, type TokenRow } from "../one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../one-time-tokens/token-purpose.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import { findUserById, type UserRow } from "../users/users.ts";
import { eraseUser } from "./erasure.ts";
import { firstNoticeAt, type TakenBack, takeBackSince } from "./take-back.ts";

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

/** A change of email that was made. */
export interface EmailChanged {
  readonly was: UserRow;
  readonly user: UserRow;
  /** For the revert link sent to the old email. Undefined if no feature reverts, or that email was never verified: its inbox may be a stranger's. */
  readonly revert: Token | undefined;
}

export type EmailReverted =
  | ({ readonly ok: true; readonly was: UserRow; readonly email: string } & TakenBack)
  | { readonly ok: false; readonly reason: "dead" | "taken" };

/**
 * Restores the email that the link was sent to, ends the account's sessions and tokens, and takes back what was added since the first notice to this email: an intruder adds a
 * way in before changing the email. Account takeover: links of earlier emails survive, or an intruder could change the email twice and revert once to end the owner's link.
 */
export async function redeemRevert(
  tx: Transaction,
  { token, keepsRemoved }: { readonly token: string; readonly keepsRemoved: boolean },
  info: RequestInfo,
): Promise<EmailReverted> {
  const row = await lockToken(tx, revertEmailToken, token);
  const was = row && (await findUserById(tx, row.user_id));
  if (!row || !was) return { ok: false, reason: "dead" };
  if (!(await restore(tx, row, true))) return { ok: false, reason: "taken" };
  if (!(await redeemToken(tx, revertEmailToken, token))) throw new Error("A locked token was deleted within its transaction.");
  const noticedAt = await firstNoticeAt(tx, row);
  await revokeAllAccess(tx, row.user_id, row.created_at);
  const takenBack = await takeBackSince(tx, row.user_id, noticedAt, { info, keepsRemoved });
  await recordEvent(tx, row.user_id, "email-change-undone", info);
  return { ok: true, was, email: row.email, ...takenBack };
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
