/** Changes accounts for administrators, commands and the library; each change is audited. */

import { shrinkLog } from "../../db/sqlite/shrink-log.ts";
import { recordEvent } from "../audit/log.ts";
import { lockAccount } from "../credentials/guard-change.ts";
import { hashPassword } from "../credentials/password/passwords.ts";
import { setPassword } from "../credentials/password/set.ts";
import { removeFactors } from "../credentials/remove-factors.ts";
import { revokeAllAccess } from "../credentials/revoke-access.ts";
import { emailKey } from "../mail/email-key.ts";
import { emailWords, sendSecurityNotice, siteUrl } from "../mail/emails.ts";
import type { RequestInfo } from "../request-info.ts";
import { inTransaction, type Services } from "../services.ts";
import { endSession, endSessions, type Session } from "../sessions/session.ts";
import { findUserById, markEmailVerified } from "../users/users.ts";
import { type CreateUserResult, createUser, type NewUser } from "./create-account.ts";
import { eraseUser } from "./erasure.ts";
import { messages as resetMessages } from "./two-factor-reset.messages.ts";
import { releaseUnverifiedEmail } from "./unverified.ts";

export interface AccountToCreate extends Pick<NewUser, "username" | "email" | "extra"> {
  /** Without one, the user sets a password by email. */
  readonly password: string | undefined;
  /** Whether the email counts as verified from the start. */
  readonly emailVerified: boolean;
}

/** Creates an account, or returns which of its keys are taken. Deletes an unverified signup with this email. */
export async function createUserByAdmin(
  s: Services,
  { password, emailVerified, ...named }: AccountToCreate,
  info: RequestInfo,
): Promise<CreateUserResult> {
  const passwordHash = password === undefined ? undefined : await hashPassword(s, password, { account: `admin ${emailKey(named.email)}` });
  return inTransaction(s, async (tx) => {
    await releaseUnverifiedEmail(tx, named.email);
    const created = await createUser(tx, { ...named, passwordHash });
    if (!created.ok) return created;
    if (emailVerified) await markEmailVerified(tx, created.user.id, named.email);
    await recordEvent(tx, created.user.id, "account-created-by-admin", info);
    return { ok: true, user: { ...created.user, email_verified_at: emailVerified ? tx.now() : null } };
  });
}

/** Disables an account and revokes its access. Returns false if nothing changed. */
export function disableUser(s: Services, userId: string, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("users")
      .set({ disabled_at: tx.now() })
      .where("id", "=", userId)
      .where("disabled_at", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await revokeAllAccess(tx, userId);
    await recordEvent(tx, userId, "account-disabled", info);
    return true;
  });
}

/** Enables a disabled account. Returns false if nothing changed. */
export function enableUser(s: Services, userId: string, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("users")
      .set({ disabled_at: null })
      .where("id", "=", userId)
      .where("disabled_at", "is not", null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await recordEvent(tx, userId, "account-enabled", info);
    return true;
  });
}

/**
 * Unlocks an account that was reported as compromised. Returns false if nothing changed. Lockout: an account without a password is otherwise
 * unlocked by one email alone, which can be lost. The password stays locked, and nobody gets a way to log in.
 */
export function unlockUser(s: Services, userId: string, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const account = await lockAccount(tx, userId);
    if (!account || account.compromised_at === null) return false;
    await revokeAllAccess(tx, userId);
    await tx.db.updateTable("users").set({ compromised_at: null }).where("id", "=", userId).execute();
    await recordEvent(tx, userId, "account-unlocked-by-admin", info);
    return true;
  });
}

/** Replaces the password and revokes all sessions and emailed links. Returns false if the account does not exist. */
export function replacePassword(s: Services, userId: string, passwordHash: string, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const account = await lockAccount(tx, userId);
    if (!account) return false;
    await setPassword(tx, account, passwordHash);
    await revokeAllAccess(tx, userId);
    await recordEvent(tx, userId, "password-set-by-admin", info);
    return true;
  });
}

/** Why and for whom factors are removed. */
export interface TwoFactorReset {
  /** One sentence for the owner, and for the log: how the administrator knew who asked. */
  readonly reason: string;
  readonly info: RequestInfo;
  /** Whether passkeys are removed too, as for lost devices. */
  readonly passkeys?: boolean;
}

/**
 * Removes all second factors, and revokes all access: the owner logs in with the first factor and sets up a new one. Returns false if there
 * was nothing to remove. Social engineering: the owner is notified, and can report it (ASVS 6.4.4).
 */
export async function resetTwoFactor(s: Services, userId: string, { reason, info, passkeys = false }: TwoFactorReset): Promise<boolean> {
  const isReset = await inTransaction(s, async (tx) => {
    const account = await lockAccount(tx, userId);
    if (!account || !(await removeFactors(tx, account, { passkeys }))) return false;
    await revokeAllAccess(tx, userId);
    await recordEvent(tx, userId, "two-factor-reset-by-admin", info);
    const t = emailWords(tx, resetMessages, { to: account, info });
    const { siteName } = tx.settings;
    await sendSecurityNotice(tx, account, info, {
      kind: "two-factor-reset",
      subject: t("email.subject"),
      paragraphs: [
        t(passkeys ? "email.introWithPasskeys" : "email.intro", { siteName }),
        ...(reason === "" ? [] : [t("email.why", { reason: reason.replaceAll(/\s+/g, " ").slice(0, maxReason) })]),
        t("email.advice", { siteName }),
      ],
      action: { text: t("email.action"), url: siteUrl(tx, "/login") },
    });
    return true;
  });
  // The audit log has no free text, which could hold personal data of others.
  if (isReset) s.log.info({ userId, actor: info.actor, reason: reason.slice(0, maxReason) }, "two-factor authentication was reset");
  return isReset;
}

const maxReason = 300;

/** Marks the email as verified. Returns false if it was already, or if the account does not exist. */
export function verifyEmailByAdmin(s: Services, userId: string, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    const user = await findUserById(tx, userId);
    if (!user || user.email_verified_at !== null || !(await markEmailVerified(tx, userId, user.email))) return false;
    await recordEvent(tx, userId, "email-verified-by-admin", info);
    return true;
  });
}

/** Ends all sessions of an account. Returns how many. */
export function endSessionsByAdmin(s: Services, userId: string, info: RequestInfo): Promise<number> {
  return inTransaction(s, async (tx) => {
    const ended = await endSessions(tx, userId);
    const { endTrustedDevices } = await import("../two-factor/trusted-devices.ts");
    await endTrustedDevices(tx, userId);
    if (ended > 0) await recordEvent(tx, userId, "sessions-ended-by-admin", info);
    return ended;
  });
}

/** Ends one session of an account. Returns false if it had ended already. */
export function endSessionByAdmin(s: Services, userId: string, session: Pick<Session, "tokenHash">, info: RequestInfo): Promise<boolean> {
  return inTransaction(s, async (tx) => {
    if ((await endSession(tx, session)) === undefined) return false;
    await recordEvent(tx, userId, "session-ended-by-admin", info);
    return true;
  });
}

/**
 * Deletes an account and its data immediately. Returns false if it does not exist. Its audit events stay, anonymized; the event of the
 * deletion names no account.
 */
export async function eraseByAdmin(s: Services, userId: string, info: RequestInfo): Promise<boolean> {
  const isErased = await inTransaction(s, async (tx) => {
    if (!(await findUserById(tx, userId))) return false;
    await eraseUser(tx, userId);
    await recordEvent(tx, null, "account-erased-by-admin", info);
    return true;
  });
  await shrinkLog(s.db);
  return isErased;
}
