/** Sends the email with the verification link and code. */

import { emailWords, linkTo, type Recipient, sendEmail } from "../mail/emails.ts";
import { isRedeemable, issueToken } from "../one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import { verifyEmailToken } from "./unverified.ts";
import { messages } from "./verification-email.messages.ts";

/**
 * Sends the email in the caller's transaction and ends an earlier link and code; the code works only in the browser that holds `secret`.
 * Account enumeration: without a user, the same statements run and no email is sent (ASVS 6.3.8).
 */
export async function sendVerificationEmail(
  tx: Transaction,
  user: Recipient | undefined,
  { secret, info }: { readonly secret: string; readonly info: Pick<RequestInfo, "locale"> },
): Promise<void> {
  if (!isRedeemable(tx, verifyEmailToken)) return;
  const email = user?.email ?? "";
  const { token, code } = await issueToken(tx, { purpose: verifyEmailToken, userId: user?.id ?? "", email, browser: secret });
  // Spam through usernames: the email to an unverified inbox contains no username.
  const to = { id: user?.id ?? null, username: "", display_name: null, email, locale: user?.locale };
  const { siteName } = tx.settings;
  const t = emailWords(tx, messages, { to, info });
  const action = { text: t("email.action"), url: linkTo(tx, verifyEmailToken, token) };
  const content = {
    kind: "verify-email",
    subject: t("email.subject", { siteName }),
    paragraphs: [t("email.intro")],
    code,
    action,
    after: [t("email.expiry")],
    reason: t("email.reason", { siteName }),
    late: { paragraphs: [t("email.late.intro", { siteName })], action, after: [t("email.late.expiry")] },
  };
  await sendEmail(tx, to, content, info);
}
