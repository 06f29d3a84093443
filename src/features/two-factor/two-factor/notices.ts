/** Records changes of second factors, and notifies the account's owner. */
import { recordEvent } from "../../../core/audit/log.ts";
import { emailWords, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import { fewRecoveryCodes } from "../../../core/two-factor/recovery-codes.ts";
import type { UserRow } from "../../../core/users/users.ts";
import { messages } from "./two-factor.messages.ts";

const notices = {
  "two-factor-on": { subject: "email.on.subject", intro: "email.on.intro" },
  "two-factor-off": { subject: "email.off.subject", intro: "email.off.intro" },
  "authenticator-added": { subject: "email.added.subject", intro: "email.added.intro" },
  "authenticator-removed": { subject: "email.removed.subject", intro: "email.removed.intro" },
  "recovery-codes-made": { subject: "email.codes.subject", intro: "email.codes.intro" },
} as const;

type Change = keyof typeof notices;

/** Records these changes, and sends one email about the first of them. */
export async function recordChanges(
  tx: Transaction,
  user: UserRow,
  info: RequestInfo,
  [main, ...others]: readonly [Change, ...Change[]],
): Promise<void> {
  for (const event of [main, ...others]) await recordEvent(tx, user.id, event, info);
  const t = emailWords(tx, messages, { to: user, info });
  const { subject, intro } = notices[main];
  const more = main === "two-factor-on" ? [t("email.on.codes")] : [];
  await sendSecurityNotice(tx, user, info, {
    kind: main,
    subject: t(subject),
    paragraphs: [t(intro, { siteName: tx.settings.siteName }), ...more],
  });
}

export async function recordUsedRecoveryCode(tx: Transaction, user: UserRow, info: RequestInfo, left: number): Promise<void> {
  await recordEvent(tx, user.id, "recovery-code-used", info);
  const areFew = left <= fewRecoveryCodes;
  if (areFew) await recordEvent(tx, user.id, "recovery-codes-low", info);
  const t = emailWords(tx, messages, { to: user, info });
  await sendSecurityNotice(tx, user, info, {
    kind: "recovery-code-used",
    subject: t("email.used.subject"),
    paragraphs: [t("email.used.intro", { count: left, siteName: tx.settings.siteName }), ...(areFew ? [t("email.used.few")] : [])],
  });
}

interface FailedCodes {
  readonly count: number;
  readonly isAfterPassword: boolean;
}

/** Stolen password: whoever passed the first step knows it (ASVS 6.3.5). */
export async function sendFailedNotice(
  tx: Transaction,
  user: UserRow,
  info: RequestInfo,
  { count, isAfterPassword }: FailedCodes,
): Promise<void> {
  const t = emailWords(tx, messages, { to: user, info });
  const { siteName } = tx.settings;
  await sendSecurityNotice(tx, user, info, {
    kind: "two-factor-failed",
    subject: t("email.failed.subject"),
    paragraphs: [
      isAfterPassword ? t("email.failed.password", { count, siteName }) : t("email.failed.other", { count, siteName }),
      ...(isAfterPassword ? [t("email.failed.advice")] : []),
    ],
  });
}

export interface LimitedCodes extends FailedCodes {
  readonly until: number;
  /** Where they were entered: each has a limit of its own. `session`: to confirm the user of a session. */
  readonly where: "other" | "known" | "session";
}

/** Whoever enters that many is no owner who mistypes. */
export async function sendLimitNotice(
  tx: Transaction,
  user: UserRow,
  info: RequestInfo,
  { count, until, where, isAfterPassword }: LimitedCodes,
): Promise<void> {
  const t = emailWords(tx, messages, { to: user, info });
  await sendSecurityNotice(tx, user, info, {
    kind: "two-factor-failed",
    subject: t("email.limit.subject"),
    paragraphs: [
      t("email.limit.intro", { count, siteName: tx.settings.siteName }),
      t("email.limit.until", { where, date: { instant: until } }),
      t("email.limit.others"),
      ...(isAfterPassword ? [t("email.failed.advice")] : []),
    ],
  });
}
