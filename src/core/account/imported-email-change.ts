/** Emails the old and new inbox about an imported email change. */

import { emailWords, linkTo, sendEmail } from "../mail/emails.ts";
import type { Transaction } from "../services.ts";
import { type EmailChanged, revertEmailToken } from "./email-change.ts";
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
          subject: t("leftSubject"),
          paragraphs: [t("leftText", { siteName, email: user.email }), t("leftAdvice")],
          action: { text: t("leftAction"), url: linkTo(tx, revertEmailToken, revert) },
        }
      : { kind: "email-left", subject: t("unverifiedSubject", { siteName }), paragraphs: [t("unverifiedText", { siteName })] },
  );
  await sendEmail(tx, user, {
    kind: "email-changed",
    subject: t("changedSubject"),
    paragraphs: [t("changedText", { siteName }), t("changedSessions")],
  });
}
