/** The letters of a change of address: to the new one, to the old one, and to somebody whose address another account asked for. */

import { changeEmailToken, type EmailChanged, revertEmailToken } from "../../../core/account/email-change.ts";
import { linkTo, type Recipient, sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { Token } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import type { UserRow } from "../../../core/users/users.ts";

/** To the new address, without a name: until the mailbox is proved, this may be a stranger's, and the name an advertisement. */
export function postCode(tx: Transaction, to: Recipient, { token, code }: { token: Token; code: string }): Promise<void> {
  return sendEmail(
    tx,
    { ...to, username: "", display_name: null },
    {
      kind: "change-email",
      subject: `Confirm your new e-mail address for ${tx.settings.siteName}`,
      paragraphs: [
        `You asked to use this address for your account at ${tx.settings.siteName}. Type these six digits on the page that is still open:`,
      ],
      code,
      action: { text: "Or open this page where you are logged in", url: linkTo(tx, changeEmailToken, token) },
      after: [
        "The digits are good for 10 minutes in the browser that asked, and the page for an hour.",
        "If you did not ask, do nothing: without you, this address is not used.",
      ],
    },
  );
}

/** To whoever has the address already. It holds nothing that could open or change anything. */
export function postSomebodyTried(tx: Transaction, holder: UserRow): Promise<void> {
  return sendEmail(tx, holder, {
    kind: "email-wanted",
    subject: "Somebody wanted to use your e-mail address",
    paragraphs: [
      `Another account at ${tx.settings.siteName} asked to use this address, which is yours. It stays yours, and nothing was changed.`,
      "If that was you with a second account: change or delete the address of this account first.",
    ],
  });
}

export async function postChanged(tx: Transaction, { was, user, undo }: EmailChanged, origin: RequestInfo): Promise<void> {
  if (undo === undefined) await postLeftUnproved(tx, was);
  else await postLeft(tx, { was, user, undo }, origin);
  await sendSecurityNotice(tx, user, origin, {
    kind: "email-changed",
    subject: "This is your new e-mail address",
    paragraphs: [
      "The e-mail address of your account was changed to this one. You log in with it from now on.",
      "All other devices were logged out.",
    ],
  });
}

/** Without a name, and without a link: the mailbox may be a stranger's who had nothing to do with it. */
function postLeftUnproved(tx: Transaction, was: UserRow): Promise<void> {
  return sendEmail(
    tx,
    { ...was, username: "", display_name: null },
    {
      kind: "email-left",
      subject: `Your address is no longer used at ${tx.settings.siteName}`,
      paragraphs: [`An account at ${tx.settings.siteName} was made with this address, which nobody confirmed. It has another address now.`],
    },
  );
}

async function postLeft(tx: Transaction, { was, user, undo }: EmailChanged & { readonly undo: Token }, origin: RequestInfo): Promise<void> {
  await sendSecurityNotice(tx, was, origin, {
    kind: "email-left",
    subject: "Your e-mail address was changed",
    paragraphs: [
      `The e-mail address of your account was changed. From now on, letters go to ${user.email}, and no longer here.`,
      "If it was you, there is nothing to do. If you want this address back, you have 72 hours:",
    ],
    action: { text: "Undo the change", url: linkTo(tx, revertEmailToken, undo) },
    after: ["If it was somebody else, “This wasn’t me” also logs them out, and lets nothing be changed until you choose a new password."],
  });
}
