/** Proves an account's inbox by a code, before it creates a factor that a policy requires. */
import { recordEvent } from "../audit/log.ts";
import { browserDetails, emailWords, reportLink, sendEmail } from "../mail/emails.ts";
import { isCodePending, issueToken, redeemCode } from "../one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import { type AccountRow, hasPassword } from "../users/users.ts";
import { messages } from "./enrolment-code.messages.ts";
import { enrolmentCodeToken } from "./enrolment-code-token.ts";

/** Sends a code that works with the secret `browser` only, and ends an earlier one of the same browser. */
export async function sendEnrolmentCode(
  tx: Transaction,
  user: AccountRow,
  { browser, info }: { readonly browser: string; readonly info: RequestInfo },
): Promise<void> {
  const { code } = await issueToken(tx, { purpose: enrolmentCodeToken, userId: user.id, email: user.email, browser });
  const { siteName, passwords } = tx.settings;
  const t = emailWords(tx, messages, { to: user, info });
  const footer = await reportLink(tx, user, info);
  const thief = hasPassword(user) && passwords === "on" ? "password" : "session";
  const content = {
    kind: "enrolment-code",
    subject: t("subject", { siteName }),
    paragraphs: [t("intro", { siteName })],
    code,
    details: await browserDetails(tx, user, info),
    after: [t("expiry"), footer ? t("report", { thief }) : t("notYou", { thief })],
    footer,
  };
  await sendEmail(tx, user, content, info);
}

/** Whether this browser has asked for a code that still works. */
export function isEnrolmentCodePending(s: Services, userId: string, browser: string): Promise<boolean> {
  return isCodePending(s, { purpose: enrolmentCodeToken, userId, browser });
}

/** Whether the code is that of this account, its current email and this browser. Each try counts. */
export async function redeemEnrolmentCode(
  tx: Transaction,
  user: Pick<AccountRow, "id" | "email">,
  { browser, digits, info }: { readonly browser: string; readonly digits: string; readonly info: RequestInfo },
): Promise<boolean> {
  const row = await redeemCode(tx, enrolmentCodeToken, browser, digits);
  if (row?.user_id !== user.id || row.email !== user.email) return false;
  await recordEvent(tx, user.id, "reauthenticated", info);
  return true;
}
