/** Sends the emails about a change of an account's email. */

import { changeEmailToken, type EmailChanged, revertEmailToken } from "../../../core/account/email-change.ts";
import { emailWords, linkTo, type Recipient, sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { Token } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import type { UserRow } from "../../../core/users/users.ts";
import { messages } from "./change-email.emails.messages.ts";

interface Issued {
  readonly token: Token;
  readonly code: string;
}

/** Spam through usernames: the new inbox may be a stranger's until it is verified, so no name is sent to it. */
export function sendCode(tx: Transaction, to: Recipient, { token, code }: Issued, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const site = tx.settings.siteName;
  return sendEmail(
    tx,
    { ...to, username: "", display_name: null },
    {
      kind: "change-email",
      subject: t("code.subject", { site }),
      paragraphs: [t("code.text", { site })],
      code,
      action: { text: t("code.action"), url: linkTo(tx, changeEmailToken, token) },
      after: [t("code.expiry"), t("code.linkExpiry"), t("code.ignore")],
    },
  );
}

/** To the account that already has the email; without a code or a link. */
export function sendEmailWanted(tx: Transaction, owner: UserRow, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to: owner, info });
  const paragraphs = [t("wanted.text", { site: tx.settings.siteName }), t("wanted.own")];
  return sendEmail(tx, owner, { kind: "email-wanted", subject: t("wanted.subject"), paragraphs });
}

export async function sendEmailChanged(tx: Transaction, change: EmailChanged, info: RequestInfo): Promise<void> {
  const { was, user } = change;
  if (was.email_verified_at === null) await sendUnverifiedLeft(tx, was, info);
  else await sendLeft(tx, change, info);
  const t = emailWords(tx, messages, { to: user, info });
  const paragraphs = [t("changed.text"), t("changed.devices")];
  await sendSecurityNotice(tx, user, info, { kind: "email-changed", subject: t("changed.subject"), paragraphs });
}

/** Account takeover by a mistyped email: its inbox may be a stranger's, so it gets no name and no link. */
function sendUnverifiedLeft(tx: Transaction, was: UserRow, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to: was, info });
  const site = tx.settings.siteName;
  return sendEmail(
    tx,
    { ...was, username: "", display_name: null },
    { kind: "email-left", subject: t("unverified.subject", { site }), paragraphs: [t("unverified.text", { site })] },
  );
}

async function sendLeft(tx: Transaction, { was, user, revert }: EmailChanged, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to: was, info });
  await sendSecurityNotice(tx, was, info, {
    kind: "email-left",
    subject: t("left.subject"),
    paragraphs: [t("left.text", { email: user.email }), t("left.expected")],
    action: revert && { text: t("left.undo"), url: linkTo(tx, revertEmailToken, revert) },
    after: [t("left.report")],
  });
}
