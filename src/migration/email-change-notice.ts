/** Emails the old and new inbox about an imported email change. */

import { type EmailChanged, revertEmailToken } from "../core/account/email-change.ts";
import { emailWords, linkTo, sendEmail } from "../core/mail/emails.ts";
import type { Transaction } from "../core/services.ts";
import { messages } from "./email-change-notice.messages.ts";

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
