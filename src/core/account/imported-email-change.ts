/** Emails the old and new inbox about an imported email change. */

import { emailWords, linkTo, sendEmail } from "../mail/emails.ts";
import type { Transaction } from "../services.ts";
import { type EmailChanged, revertEmailToken } from "./email-revert.ts";
import { messages } from "./imported-email-change.messages.ts";

export async function sendEmailChanged(tx: Transaction, { was, user, revert }: EmailChanged): Promise<void> {
  const { siteName } = tx.settings;
  const t = emailWords(tx, messages, { to: user });
  await sendEmail(
    tx,
    revert ? was : { ...was, username: "", display_name: null },
    revert
      ? {
          kind: "email-left",
          subject: t("email.left.subject"),
          paragraphs: [t("email.left.intro", { siteName, email: user.email }), t("email.left.advice")],
          action: { text: t("email.left.action"), url: linkTo(tx, revertEmailToken, revert) },
        }
      : {
          kind: "email-left",
          subject: t("email.unverified.subject", { siteName }),
          paragraphs: [t("email.unverified.intro", { siteName })],
          reason: t("email.unverified.reason", { siteName }),
        },
  );
  await sendEmail(tx, user, {
    kind: "email-changed",
    subject: t("email.changed.subject"),
    paragraphs: [t("email.changed.intro", { siteName, loginWith: tx.settings.loginWith }), t("email.changed.devices")],
  });
}
