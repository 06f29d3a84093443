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
          subject: "Your e-mail address was changed",
          paragraphs: [
            `The e-mail address of your account at ${siteName} was changed, because it was changed in the application before this one. From now on, letters go to ${user.email}, and no longer here.`,
            "If it was you, there is nothing to do. If you want this address back, you have 72 hours:",
          ],
          action: { text: "Undo the change", url: linkTo(tx, revertEmailToken, undo) },
        }
      : {
          kind: "email-left",
          subject: `Your address is no longer used at ${siteName}`,
          paragraphs: [`An account at ${siteName} was made with this address, which nobody confirmed. It has another address now.`],
        },
  );
  await sendEmail(tx, user, {
    kind: "email-changed",
    subject: "This is your new e-mail address",
    paragraphs: [
      `The e-mail address of your account at ${siteName} was changed to this one, because it was changed in the application before this one. You log in with it from now on.`,
      "All devices were logged out.",
    ],
  });
}
