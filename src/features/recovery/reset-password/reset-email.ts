/** Sends the email with the link to choose a new password. */

import { linkTo, type Recipient, sendEmail } from "../../../core/mail/emails.ts";
import { issueToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import type { RecoveringUser, Transaction } from "../../../core/services.ts";

export const resetToken: TokenPurpose = {
  name: "reset-password",
  lifetimeMs: 30 * 60_000,
  landingPath: "/reset-password/choose",
  revokedBy: ["password-change", "email-change"],
};

const nobody: Recipient = { id: "", username: "somebody", display_name: null, email: "" };

/**
 * Posts it to the account's own address, never to what somebody typed (CVE-2019-19844). Older links are dead from then on.
 * Where there is no account, the same statements write a letter to nobody, so that neither words nor time tell (ASVS 6.3.8).
 */
export async function sendResetEmail(tx: Transaction, user: RecoveringUser | undefined): Promise<void> {
  const to = user ?? nobody;
  const { token } = await issueToken(tx, { purpose: resetToken, userId: to.id, email: to.email });
  await sendEmail(
    tx,
    { ...to, id: user?.id ?? null },
    {
      kind: "password-reset-link",
      subject: `Choose a new password for ${tx.settings.siteName}`,
      paragraphs: [`Somebody, we hope you, asked for a new password for your account at ${tx.settings.siteName}.`],
      action: { text: "Choose a new password", url: linkTo(tx, resetToken, token) },
      after: [
        isShut(user)
          ? "The link is good for 30 minutes, and once. Until you choose one, your old password opens nothing."
          : "The link is good for 30 minutes, and once. If it was not you, do nothing: your password stays as it is.",
      ],
    },
  );
}

function isShut(user: RecoveringUser | undefined): boolean {
  return user !== undefined && (user.compromised_at !== null || user.password_locked_at !== null);
}
