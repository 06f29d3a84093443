/** Stores whether an account has refused logins by email. */
import { recordEvent } from "../../../core/audit/log.ts";
import {
  type ActingUser,
  bumpSecurityVersion,
  type CredentialRefusal,
  type GuardedAccount,
  guardCredentialChange,
} from "../../../core/credentials/guard-change.ts";
import { requireAnotherWayIn, waysIn } from "../../../core/credentials/ways-in.ts";
import { emailWords, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, pageWith, type Services, type Transaction } from "../../../core/services.ts";
import { endTrustedDevices } from "../../../core/two-factor/trusted-devices.ts";
import { upsert } from "../../../db/statements.ts";
import { messages } from "./email-login.emails.messages.ts";
import { emailWayIn } from "./offered.ts";

/** How many other ways to log in an account needs before it can refuse email. */
const othersNeeded = 2;

/** Account enumeration: the same query with the id "" (ASVS 6.3.8). */
export async function hasRefused(s: Services, userId: string): Promise<boolean> {
  const row = await s.db.selectFrom("email_login_choices").select("is_off").where("user_id", "=", userId).executeTakeFirst();
  return row?.is_off === 1;
}

/** Returns 1 if a code by email logs the account in. An unverified email does not count: it may be a stranger's. */
export async function countEmail(s: Services, userId: string): Promise<number> {
  const user = await s.db.selectFrom("users").select("email_verified_at").where("id", "=", userId).executeTakeFirst();
  return user !== undefined && user.email_verified_at !== null && !(await hasRefused(s, userId)) ? 1 : 0;
}

/** Whether the account has enough other ways to log in. */
export async function canRefuse(s: Services, userId: string): Promise<boolean> {
  const counts = await waysIn(s, userId);
  return [...counts].reduce((sum, [name, count]) => sum + (name === emailWayIn ? 0 : count), 0) >= othersNeeded;
}

/** What an account can have besides email, as an example; `none` if the site offers too little for two ways. */
export function exampleOfOthers(s: Services): "password passkey" | "passkeys" | "any" | "none" {
  const { passwords, providers } = s.settings;
  if (pageWith(s, "passkeys") !== undefined) return passwords === "on" ? "password passkey" : "passkeys";
  // An account can have several logins with providers.
  return providers.length > 0 ? "any" : "none";
}

interface Change {
  readonly isOff: boolean;
  readonly info: RequestInfo;
}

export type ChoiceResult = { readonly ok: true } | { readonly ok: false; readonly reason: CredentialRefusal | "last-way-in" };

export function changeChoice(s: Services, requester: ActingUser, { isOff, info }: Change): Promise<ChoiceResult> {
  return inTransaction(s, async (tx): Promise<ChoiceResult> => {
    const allowed = await guardCredentialChange(tx, requester);
    if (!allowed.ok) return allowed;
    const { account } = allowed;
    if (isOff === (await hasRefused(tx, account.id))) return { ok: true };
    const removable = isOff ? await requireAnotherWayIn(tx, account, emailWayIn, othersNeeded) : { ok: true as const };
    if (!removable.ok) return removable;
    await store(tx, account, isOff);
    await recordEvent(tx, account.id, isOff ? "email-login-off" : "email-login-on", info);
    const t = emailWords(tx, messages, { to: account, info });
    const { siteName } = tx.settings;
    await sendSecurityNotice(tx, account, info, {
      kind: isOff ? "email-login-off" : "email-login-on",
      subject: t(isOff ? "email.off.subject" : "email.on.subject"),
      paragraphs: [t(isOff ? "email.off.intro" : "email.on.intro", { siteName })],
    });
    return { ok: true };
  });
}

async function store(tx: Transaction, { id }: GuardedAccount, isOff: boolean): Promise<void> {
  await upsert(tx.db, "email_login_choices", { user_id: id, is_off: isOff ? 1 : 0, changed_at: tx.now() }).execute();
  await bumpSecurityVersion(tx, id);
  await endTrustedDevices(tx, id);
}

/**
 * "This wasn't me": a choice that was changed since then becomes "off", because whoever reads the inbox must not gain a way in by a report.
 * Lockout: "on" if nothing else logs in. Runs after credentials were taken back and restored.
 */
export async function takeBackChoice(tx: Transaction, userId: string, since: number): Promise<void> {
  const others = [...(await waysIn(tx, userId))].reduce((sum, [name, count]) => sum + (name === emailWayIn ? 0 : count), 0);
  await tx.db
    .updateTable("email_login_choices")
    .set({ is_off: others > 0 ? 1 : 0, changed_at: tx.now() })
    .where("user_id", "=", userId)
    .where("changed_at", ">=", since)
    .execute();
}
