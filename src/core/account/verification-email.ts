/** Sends the email that verifies an email: a link, and a code. */

import { emailWords, linkTo, type Recipient, sendEmail } from "../mail/emails.ts";
import { issueToken } from "../one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import { verifyEmailToken } from "./unverified.ts";
import { messages } from "./verification-email.messages.ts";

/**
 * Sends it in the caller's transaction; an earlier link and code expire. Account enumeration: without a user, the same statements run and
 * nothing is sent (ASVS 6.3.8). The code works only in the browser that holds `secret`.
 */
export async function sendVerificationEmail(
  tx: Transaction,
  user: Recipient | undefined,
  { secret, info }: { readonly secret: string; readonly info: Pick<RequestInfo, "locale"> },
): Promise<void> {
  if (!tx.catalog.tokens.includes(verifyEmailToken)) return;
  const email = user?.email ?? "";
  const { token, code } = await issueToken(tx, { purpose: verifyEmailToken, userId: user?.id ?? "", email, browser: secret });
  // Spam through usernames: an unverified inbox is greeted without a name.
  const to = { id: user?.id ?? null, username: "", display_name: null, email, locale: user?.locale };
  const { siteName } = tx.settings;
  const t = emailWords(tx, messages, { to, info });
  const action = { text: t("verify"), url: linkTo(tx, verifyEmailToken, token) };
  const content = {
    kind: "verify-email",
    subject: t("subject", { siteName }),
    paragraphs: [t("enterCode", { siteName })],
    code,
    action,
    after: [t("expiry"), t("ignore")],
    late: { paragraphs: [t("openLink", { siteName })], action, after: [t("linkExpiry"), t("ignore")] },
  };
  await sendEmail(tx, to, content, info);
}
