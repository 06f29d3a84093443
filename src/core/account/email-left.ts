/** Emails the old inbox of an account whose email was unverified. */
import { emailWords, sendEmail } from "../mail/emails.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import type { UserRow } from "../users/users.ts";
import { messages } from "./email-change.messages.ts";

/** Account takeover by a mistyped email: its inbox may be a stranger's, so it gets no name and no link. */
export function sendUnverifiedLeft(tx: Transaction, was: UserRow, info?: Pick<RequestInfo, "locale">): Promise<void> {
  const t = emailWords(tx, messages, { to: was, ...(info && { info }) });
  const { siteName } = tx.settings;
  return sendEmail(
    tx,
    { ...was, username: "", display_name: null },
    {
      kind: "email-left",
      subject: t("email.unverified.subject", { siteName }),
      paragraphs: [t("email.unverified.intro", { siteName })],
      reason: t("email.unverified.reason", { siteName }),
    },
  );
}
