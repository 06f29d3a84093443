/** Proves an account's inbox by a code, before it creates a factor that a policy requires. */
import { recordEvent } from "../audit/log.ts";
import { emailWords, sendEmail } from "../mail/emails.ts";
import { isCodePending, issueToken, redeemCode } from "../one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import type { AccountRow } from "../users/users.ts";
import { messages } from "./enrolment-code.messages.ts";
import { enrolmentCodeToken } from "./enrolment-code-token.ts";

/** Sends a code that works with the secret `browser` only, and ends an earlier one of the same browser. */
export async function sendEnrolmentCode(
  tx: Transaction,
  user: AccountRow,
  { browser, info }: { readonly browser: string; readonly info: RequestInfo },
): Promise<void> {
  const { code } = await issueToken(tx, { purpose: enrolmentCodeToken, userId: user.id, email: user.email, browser });
  const { siteName } = tx.settings;
  const t = emailWords(tx, messages, { to: user, info });
  const paragraphs = [t("intro", { siteName })];
  const after = [t("expiry"), t("notYou")];
  await sendEmail(tx, user, { kind: "enrolment-code", subject: t("subject", { siteName }), paragraphs, code, after }, info);
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
