/** Sends the email with the link to reset a password. */

import { emailWords, linkTo, type Recipient, sendEmail } from "../../../core/mail/emails.ts";
import { issueToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import type { RecoveryEmailOptions } from "../../../core/recovery-requester.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { RecoveringUser, Transaction } from "../../../core/services.ts";
import { type AccountRow, hasPassword } from "../../../core/users/users.ts";
import { messages } from "./reset-password.messages.ts";

export const resetToken: TokenPurpose = {
  name: "reset-password",
  lifetimeMs: 30 * 60_000,
  landingPath: "/reset-password/choose",
  revokedBy: ["password-change", "email-change"],
};

/** The account of a link. */
export interface FoundReset {
  readonly user: AccountRow;
  readonly needsRecoveryCode: boolean;
}

/** Recipient for an unknown email: the email is rendered and discarded. */
const dummyRecipient: Recipient = { id: "", username: "unknown", display_name: null, email: "" };

/**
 * Goes to the account's stored email, never to the text of the form (CVE-2019-19844); earlier links stop working.
 * Account enumeration: without an account, the same statements run, so neither text nor time differ (ASVS 6.3.8).
 */
export async function sendResetEmail(
  tx: Transaction,
  user: RecoveringUser | undefined,
  info?: Pick<RequestInfo, "locale">,
  { by = "stranger", isAfterReport = false }: RecoveryEmailOptions = {},
): Promise<void> {
  const to = user ?? dummyRecipient;
  const t = emailWords(tx, messages, { to, info });
  const { siteName } = tx.settings;
  const locked = lockedPart(user);
  const has = user === undefined || hasPassword(user) ? "password" : "none";
  const { token } = await issueToken(tx, { purpose: resetToken, userId: to.id, email: to.email, payload: by });
  await sendEmail(
    tx,
    { ...to, id: user?.id ?? null },
    {
      kind: "password-reset-link",
      subject: t("email.reset.subject", { siteName, has }),
      paragraphs: [t(isAfterReport ? "email.reset.introReported" : "email.reset.intro", { siteName, has })],
      action: { text: t("email.reset.action", { has }), url: linkTo(tx, resetToken, token) },
      after: [locked === undefined ? t("email.reset.expiry") : t("email.reset.expiryLocked", { locked })],
      reason: isAfterReport
        ? t("email.reset.reasonReported", { siteName })
        : t(locked === undefined ? "email.reset.reason" : "email.reset.reasonLocked", { siteName, has }),
    },
  );
}

/** What a reported or guessed account has locked: one that never had a password has none to lock. */
function lockedPart(user: RecoveringUser | undefined): "password" | "account" | undefined {
  if (user === undefined || (user.compromised_at === null && user.password_locked_at === null)) return undefined;
  return hasPassword(user) ? "password" : "account";
}
