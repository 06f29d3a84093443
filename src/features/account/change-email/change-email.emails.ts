/** Sends the emails about a change of an account's email. */

import { messages as sharedMessages } from "../../../core/account/email-change.messages.ts";
import { sendUnverifiedLeft } from "../../../core/account/email-left.ts";
import { type EmailChanged, revertEmailToken } from "../../../core/account/email-revert.ts";
import { emailWords, linkTo, type Recipient, sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { Token } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import type { UserRow } from "../../../core/users/users.ts";
import { messages } from "./change-email.emails.messages.ts";
import { changeEmailToken } from "./verify-new-email.ts";

interface Issued {
  readonly token: Token;
  readonly code: string;
}

/** Spam through usernames: the new inbox may be a stranger's until it is verified, so no name is sent to it. */
export function sendCode(tx: Transaction, to: Recipient, { token, code }: Issued, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const { siteName } = tx.settings;
  return sendEmail(
    tx,
    { ...to, username: "", display_name: null },
    {
      kind: "change-email",
      subject: t("email.code.subject", { siteName }),
      paragraphs: [t("email.code.intro")],
      code,
      action: { text: t("email.code.action"), url: linkTo(tx, changeEmailToken, token) },
      after: [t("email.code.expiry"), t("email.code.linkExpiry")],
      reason: t("email.code.reason", { siteName }),
    },
  );
}

/** To the account that already has the email; without a code or a link. */
export function sendEmailWanted(tx: Transaction, owner: UserRow, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to: owner, info });
  const paragraphs = [t("email.wanted.intro", { siteName: tx.settings.siteName }), t("email.wanted.own")];
  return sendEmail(tx, owner, { kind: "email-wanted", subject: t("email.wanted.subject"), paragraphs });
}

export async function sendEmailChanged(tx: Transaction, change: EmailChanged, info: RequestInfo): Promise<void> {
  const { was, user } = change;
  if (was.email_verified_at === null) await sendUnverifiedLeft(tx, was, info);
  else await sendLeft(tx, change, info);
  const t = emailWords(tx, messages, { to: user, info });
  const paragraphs = [t("email.changed.intro", { loginWith: tx.settings.loginWith }), t("email.changed.devices")];
  await sendSecurityNotice(tx, user, info, {
    kind: "email-changed",
    subject: emailWords(tx, sharedMessages, { to: user, info })("email.changed.subject"),
    paragraphs,
  });
}

async function sendLeft(tx: Transaction, { was, user, revert }: EmailChanged, info: RequestInfo): Promise<void> {
  const [t, shared] = [emailWords(tx, messages, { to: was, info }), emailWords(tx, sharedMessages, { to: was, info })];
  await sendSecurityNotice(tx, was, info, {
    kind: "email-left",
    subject: shared("email.left.subject"),
    paragraphs: [t("email.left.intro", { email: user.email }), t("email.left.expected")],
    action: revert && { text: shared("email.left.action"), url: linkTo(tx, revertEmailToken, revert) },
    after: [t("email.left.report", { passwords: tx.settings.passwords })],
  });
}
