/** Counts the ways back into an account without its password. */
import { recoveryPath, type Services, type WayIn } from "../services.ts";
import { type AccountRow, hasPassword } from "../users/users.ts";
import { passwordWayIn } from "./password/set.ts";
import { hasImportedFactors } from "./remove-unproven-factors.ts";
import { waysIn } from "./ways-in.ts";

export interface WaysBack {
  /** Credentials that the user holds, such as passkeys. */
  readonly held: number;
  /** Whether another provider logs in. Whoever loses the account there loses this way too, so an emailed link may replace it. */
  readonly provider: boolean;
  /** Whether the inbox of the account's email logs in. */
  readonly inbox: boolean;
  /** Recovery codes that replace a lost device, together with an emailed link. */
  readonly recoveryCodes: number;
}

export async function waysBack(s: Services, userId: string): Promise<WaysBack> {
  const counts = await waysIn(s, userId);
  const inboxes = s.catalog.waysIn.filter(({ isInbox }) => isInbox).map(({ name }) => name);
  const providers = s.catalog.waysIn.filter(({ isAtProvider }) => isAtProvider).map(({ name }) => name);
  const held = waysHeld(s).reduce((sum, { name }) => sum + (counts.get(name) ?? 0), 0);
  const codes = await s.db
    .selectFrom("recovery_codes")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("used_at", "is", null)
    .execute();
  return {
    held,
    provider: providers.some((name) => (counts.get(name) ?? 0) > 0),
    inbox: inboxes.some((name) => (counts.get(name) ?? 0) > 0),
    recoveryCodes: recoveryPath(s) === undefined ? 0 : codes.length,
  };
}

/** Kinds of credentials that the user holds. */
function waysHeld({ catalog }: Services): readonly WayIn[] {
  return catalog.waysIn.filter(({ name, isInbox, isAtProvider }) => name !== passwordWayIn && !isInbox && !isAtProvider);
}

/** Whether the site offers what an account without a password has to hold. */
export function mayGiveUpPassword(s: Services): boolean {
  return waysHeld(s).some(({ isOffered }) => isOffered?.(s) ?? true);
}

/** A new password takes one, and the second step of the login after it another. */
const codesOfOneWay = 2;

/** Whether an account may give up its password. Lockout: the loss of one device must leave another way. */
export function hasTwoWaysBack({ held, provider, inbox, recoveryCodes }: WaysBack): boolean {
  return held > 0 && held + Number(provider) + Number(inbox) + Number(recoveryCodes >= codesOfOneWay) >= 2;
}

/**
 * What a link that anyone can request may do. `recovery-code`: it sets a password together with a recovery code. `none`: the account has
 * given up its password, or was made without one and has two ways back, and an emailed link alone must not give it one.
 */
export type EmailReset = "allowed" | "recovery-code" | "none";

/** Account enumeration: without an account, the same statements run (ASVS 6.3.8). */
export async function emailResetOf(s: Services, user: AccountRow | undefined): Promise<EmailReset> {
  const ways = await waysBack(s, user?.id ?? "");
  const hasGivenUp = await hasGivenUpPassword(s, user?.id ?? "");
  const { held, recoveryCodes } = ways;
  if (!user || hasPassword(user) || held === 0) return "allowed";
  // Lockout: whoever has signed up with one passkey has never had a password, and no other way back.
  if (!hasGivenUp && !hasTwoWaysBack(ways)) return "allowed";
  // Account squatting: whoever set these up has not proven the inbox, and its first proof removes them.
  if (user.email_verified_at === null && !(await hasImportedFactors(s, user.id))) return "allowed";
  return recoveryCodes > 0 ? "recovery-code" : "none";
}

/**
 * Whether whoever reads the inbox can log in to the account now: by a reset of its password, or by an emailed code. On a site with neither,
 * whether nothing else protects it.
 */
export async function opensByInbox(s: Services, user: AccountRow): Promise<boolean> {
  if (s.settings.passwords === "on") return (await emailResetOf(s, user)) === "allowed";
  const { inbox, held } = await waysBack(s, user.id);
  return s.settings.emailLogin === "on" ? inbox : held === 0;
}

async function hasGivenUpPassword(s: Services, userId: string): Promise<boolean> {
  const row = await s.db.selectFrom("passkey_users").select("gave_up_password").where("user_id", "=", userId).executeTakeFirst();
  return row?.gave_up_password === 1;
}
