/** What an operator does to somebody's account. Each is on the account's record; none shows or sets what only its owner may know. */

import { shrinkLog } from "../../db/sqlite/shrink-log.ts";
import { recordEvent } from "../audit/log.ts";
import { lockAccount } from "../credentials/guard-change.ts";
import { hashPassword } from "../credentials/password/passwords.ts";
import { setPassword } from "../credentials/password/set.ts";
import { revokeAllAccess } from "../credentials/revoke-access.ts";
import { emailKey } from "../mail/email-key.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services } from "../services.ts";
import { endSession, endSessions, type Session } from "../sessions/session.ts";
import { findUserById, markEmailVerified } from "../users/users.ts";
import { createUser, type NewUser, type UserCreated } from "./create-account.ts";
import { eraseUser } from "./erasure.ts";
import { releaseUnverifiedEmail } from "./unverified.ts";

export interface AccountToCreate extends Pick<NewUser, "username" | "email" | "extra"> {
  /** Without one, the account has no password until its user sets one by email. */
  readonly password: string | undefined;
  /** Whether the email counts as verified. */
  readonly emailVerified: boolean;
}

/** Makes an account; or says which of its keys belongs to somebody. Whoever only typed the address, and never confirmed it, loses it. */
export async function createByAdmin(
  s: Services,
  { password, emailVerified, ...named }: AccountToCreate,
  by: RequestInfo,
): Promise<UserCreated> {
  const passwordHash =
    password === undefined ? undefined : await hashPassword(s, password, { account: `operator ${emailKey(named.email)}` });
  return inTransaction(s, async (tx) => {
    await releaseUnverifiedEmail(tx, named.email);
    const created = await createUser(tx, { ...named, passwordHash });
    if (!created.ok) return created;
    if (emailVerified) await markEmailVerified(tx, created.user.id, named.email);
    await recordEvent(tx, created.user.id, "account-created-by-admin", by);
    return { ok: true, user: { ...created.user, email_verified_at: emailVerified ? tx.now() : null } };
  });
}

/** Shuts an account: its sessions end, and its password opens nothing until it is enabled. False where nothing changed. */
export function disableUser(s: Services, userId: string, by: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("users")
      .set({ disabled_at: tx.now() })
      .where("id", "=", userId)
      .where("disabled_at", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await revokeAllAccess(tx, userId);
    await recordEvent(tx, userId, "account-disabled", by);
    return true;
  });
}

/** Opens an account that was disabled. False where nothing changed. */
export function enableUser(s: Services, userId: string, by: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("users")
      .set({ disabled_at: null })
      .where("id", "=", userId)
      .where("disabled_at", "is not", null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await recordEvent(tx, userId, "account-enabled", by);
    return true;
  });
}

/** Replaces the password and ends every session and every link in a letter. False where there is no such account. */
export function replacePassword(s: Services, userId: string, passwordHash: string, by: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const account = await lockAccount(tx, userId);
    if (!account) return false;
    await setPassword(tx, account, passwordHash);
    await revokeAllAccess(tx, userId);
    await recordEvent(tx, userId, "password-set-by-admin", by);
    return true;
  });
}

/** Takes the account's address for its owner's. False where there is no such account, or where it was confirmed already. */
export function verifyEmailByAdmin(s: Services, userId: string, by: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const user = await findUserById(tx, userId);
    if (!user || user.email_verified_at !== null || !(await markEmailVerified(tx, userId, user.email))) return false;
    await recordEvent(tx, userId, "email-verified-by-admin", by);
    return true;
  });
}

/** Ends all sessions of an account. Gives how many there were. */
export function endSessionsByAdmin(s: Services, userId: string, by: RequestInfo): Promise<number> {
  return inTransaction(s, async (tx) => {
    const ended = await endSessions(tx, userId);
    if (ended > 0) await recordEvent(tx, userId, "sessions-ended-by-admin", by);
    return ended;
  });
}

/** Ends one session of an account. False where it has ended already. */
export function endSessionByAdmin(s: Services, userId: string, session: Pick<Session, "tokenHash">, by: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    if ((await endSession(tx, session)) === undefined) return false;
    await recordEvent(tx, userId, "session-ended-by-admin", by);
    return true;
  });
}

/**
 * Erases an account at once, with all that belongs to it; what was recorded of it stays, and says nothing of whom. That it was
 * erased is on the record, without a name.
 */
export async function eraseByAdmin(s: Services, userId: string, by: RequestInfo): Promise<boolean> {
  const isErased = await inTransaction(s, async (tx) => {
    if (!(await findUserById(tx, userId))) return false;
    await eraseUser(tx, userId);
    await recordEvent(tx, null, "account-erased-by-admin", by);
    return true;
  });
  await shrinkLog(s.db);
  return isErased;
}
