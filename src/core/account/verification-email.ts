/** Sends the email that verifies an email: a link, and a code. */

import { linkTo, type Recipient, sendEmail } from "../mail/emails.ts";
import { issueToken } from "../one-time-tokens/one-time-tokens.ts";
import type { Transaction } from "../services.ts";
import { verifyEmailToken } from "./unverified.ts";

/**
 * Sends it in the caller's transaction; an earlier link and code die. Account enumeration: without a user, the same statements run and
 * nothing is sent (ASVS 6.3.8). The code works only in the browser that holds `secret`.
 */
export async function sendVerificationEmail(
  tx: Transaction,
  user: Recipient | undefined,
  { secret }: { readonly secret: string },
): Promise<void> {
  if (!tx.catalog.tokens.includes(verifyEmailToken)) return;
  const email = user?.email ?? "";
  const { token, code } = await issueToken(tx, { purpose: verifyEmailToken, userId: user?.id ?? "", email, browser: secret });
  // Spam through usernames: an unverified inbox is greeted without a name.
  const to = { id: user?.id ?? null, username: "", display_name: null, email };
  const who = `Somebody, we hope you, gave this address at ${tx.settings.siteName}. To confirm that it is yours,`;
  const url = linkTo(tx, verifyEmailToken, token);
  const ifNot = "If it was not you, do nothing: without you, nothing comes of it.";
  await sendEmail(tx, to, {
    kind: "verify-email",
    subject: `Confirm your e-mail address for ${tx.settings.siteName}`,
    paragraphs: [`${who} type these six digits on the page that is still open:`],
    code,
    action: { text: "Or confirm here", url },
    after: [`The digits are good for 10 minutes, and the link for 24 hours. ${ifNot}`],
    late: {
      paragraphs: [`${who} open this link. The letter comes late, so it holds no digits.`],
      action: { text: "Confirm here", url },
      after: [`The link is good for 24 hours from when you asked. ${ifNot}`],
    },
  });
}
