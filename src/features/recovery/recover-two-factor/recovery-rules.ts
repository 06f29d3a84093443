/** Decides who may recover by email, and whether a recovery still holds. */
import { isPasswordOfInbox } from "../../../core/credentials/password/set.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import type { Services } from "../../../core/services.ts";
import type { Method } from "../../../core/sessions/methods.ts";
import { type AccountRow, hasPassword, toUser, type UserRow } from "../../../core/users/users.ts";
import { hasUsedFactor, type RecoveryRow } from "./recover-two-factor.store.ts";

const adminRole = "admin";

export function isOffered(s: Services): boolean {
  return s.settings.recoveryByEmailMs > 0 && canSendEmail(s);
}

/**
 * Whether the account may recover by email. Account takeover: never an administrator, nor an account that must have a second factor, nor one
 * whose email is a stranger's.
 */
export async function mayRecover(s: Services, user: UserRow): Promise<boolean> {
  const { roles } = toUser(user);
  if (!isOffered(s) || user.two_factor_since === null || user.email_verified_at === null || roles.includes(adminRole)) return false;
  if (user.disabled_at !== null || user.compromised_at !== null) return false;
  const { isCovered } = await import("../../../core/two-factor/policy.ts");
  return !isCovered(s, { roles });
}

/** `inbox`: the account might, but the first factor came from the inbox too. `password`: after a login with the password, it may. */
type RecoveryStart = "allowed" | "inbox" | "password" | "refused";

/**
 * Whether a login that waits for its second step may start a recovery. Account takeover by inbox: after a login by email, or with a password
 * that an emailed link has set, the emailed links would be no second proof.
 */
export async function recoveryStartOf(
  s: Services,
  { user, methods }: { readonly user: AccountRow; readonly methods: readonly Method[] },
): Promise<RecoveryStart> {
  const hasOwn = hasPassword(user) && s.settings.passwords === "on";
  if (!hasOwn || !(await mayRecover(s, user))) return "refused";
  if (isPasswordOfInbox(user)) return "inbox";
  return methods.includes("password") ? "allowed" : "password";
}

/** Why a recovery no longer holds, for the email to its owner. `off`: two-factor authentication is off, so there is nothing to recover. */
export type CancelCause = "administrator" | "settings" | "login" | "factor" | "report" | "change" | "refused" | "late" | "unused" | "off";

/**
 * What has ended a recovery; undefined while it holds. Any use of a factor shows that its owner has not lost it, and so does any login, which
 * has passed the second step somehow, such as by the factors of a provider. Any change of a credential ("This wasn't me" too) ends it.
 */
export async function endedBy(s: Services, user: UserRow, row: RecoveryRow): Promise<CancelCause | undefined> {
  if (user.two_factor_since === null) return "off";
  if (user.compromised_at !== null) return "report";
  if (user.security_version !== row.security_version) return "change";
  if ((user.last_login_at ?? 0) >= row.started_at) return "login";
  if (!(await mayRecover(s, user))) return "refused";
  return (await hasUsedFactor(s, user.id, row.started_at)) ? "factor" : undefined;
}
