/** Emails the old and new inbox about an imported email change. */

import { emailWords, linkTo, sendEmail } from "../mail/emails.ts";
import type { Transaction } from "../services.ts";
import { messages as sharedMessages } from "./email-change.messages.ts";
import { sendUnverifiedLeft } from "./email-left.ts";
import { type EmailChanged, revertEmailToken } from "./email-revert.ts";
import { messages } from "./imported-email-change.messages.ts";

export async function sendEmailChanged(tx: Transaction, { was, user, revert }: EmailChanged): Promise<void> {
  const { siteName } = tx.settings;
  const [t, shared] = [emailWords(tx, messages, { to: user }), emailWords(tx, sharedMessages, { to: user })];
  if (revert)
    await sendEmail(tx, was, {
      kind: "email-left",
      subject: shared("email.left.subject"),
      paragraphs: [t("email.left.intro", { siteName, email: user.email }), t("email.left.advice")],
      action: { text: shared("email.left.action"), url: linkTo(tx, revertEmailToken, revert) },
    });
  else await sendUnverifiedLeft(tx, was);
  await sendEmail(tx, user, {
    kind: "email-changed",
    subject: shared("email.changed.subject"),
    paragraphs: [t("email.changed.intro", { siteName, loginWith: tx.settings.loginWith }), t("email.changed.devices")],
  });
}
