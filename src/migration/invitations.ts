/** Emails the old and new inbox about an imported email change. */

import { type EmailChanged, revertEmailToken } from "../core/account/email-change.ts";
import { linkTo, sendEmail } from "../core/mail/emails.ts";
import type { Transaction } from "../core/services.ts";

export async function sendEmailChanged(tx: Transaction, { was, user, undo }: EmailChanged): Promise<void> {
  const { siteName } = tx.settings;
  await sendEmail(
    tx,
    undo ? was : { ...was, username: "", display_name: null },
    undo
      ? {
          kind: "email-left",
          subject: "Your email was changed",
          paragraphs: [
            `The email of your account at ${siteName} was changed in our previous app, so we changed it here. We'll send email to ${user.email} from now on.`,
            "If this wasn't you, or you want this email back, undo the change within 72 hours:",
          ],
          action: { text: "Undo the change", url: linkTo(tx, revertEmailToken, undo) },
        }
      : {
          kind: "email-left",
          subject: `Your email is no longer used at ${siteName}`,
          paragraphs: [`An account at ${siteName} used this unverified email. It now uses another one.`],
        },
  );
  await sendEmail(tx, user, {
    kind: "email-changed",
    subject: "Your new email",
    paragraphs: [
      `The email of your account at ${siteName} was changed to this one in our previous app. Log in with it from now on.`,
      "All devices were logged out.",
    ],
  });
}
