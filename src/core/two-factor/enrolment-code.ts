/** Proves an account's inbox by a code, before it creates a factor that a policy requires. */
import { columns } from "../../db/columns.ts";
import { recordEvent } from "../audit/log.ts";
import { emailWords, sendEmail } from "../mail/emails.ts";
import { issueToken, redeemCode, type TokenRow } from "../one-time-tokens/one-time-tokens.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import type { AccountRow } from "../users/users.ts";
import { messages } from "./enrolment-code.messages.ts";
import { enrolmentCodeToken } from "./enrolment-code-token.ts";

/** Sends a code that works with the secret `browser` only, and ends an earlier one. */
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

/** The code that an account has asked for. */
export function findEnrolmentCode(s: Services, userId: string): Promise<TokenRow | undefined> {
  return s.db
    .selectFrom("one_time_tokens")
    .select(columns.one_time_tokens)
    .where("user_id", "=", userId)
    .where("purpose", "=", enrolmentCodeToken.name)
    .where("expires_at", ">", s.now())
    .executeTakeFirst();
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
