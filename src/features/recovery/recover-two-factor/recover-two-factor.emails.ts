/** Sends the emails of recovering two-factor authentication. */
import { emailWords, linkTo, type Recipient, sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { issueToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Transaction } from "../../../core/services.ts";
import { messages } from "./recover-two-factor.messages.ts";
import type { CancelCause } from "./recovery-rules.ts";

const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Starts the wait. */
export const startToken: TokenPurpose = {
  name: "two-factor-recovery",
  lifetimeMs: hourMs,
  landingPath: "/login/recover/start",
  revokedBy: ["password-change", "email-change"],
};

/** Turns two-factor authentication off after the wait. */
export const finishToken: TokenPurpose = {
  name: "two-factor-recovery-end",
  lifetimeMs: 3 * dayMs,
  landingPath: "/login/recover/finish",
  revokedBy: ["password-change", "email-change"],
};

/** Whole days of the wait, for texts. */
export function waitDays({ settings }: Pick<Transaction, "settings">): number {
  return Math.max(1, Math.ceil(settings.recoveryByEmailMs / dayMs));
}

export async function sendStartLink(tx: Transaction, to: Recipient, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const { siteName } = tx.settings;
  const { token } = await issueToken(tx, { purpose: startToken, userId: to.id, email: to.email });
  const content = {
    kind: "two-factor-recovery",
    subject: t("email.link.subject", { siteName }),
    paragraphs: [t("email.link.intro", { siteName }), t("email.link.what", { days: waitDays(tx) })],
    action: { text: t("email.link.action"), url: linkTo(tx, startToken, token) },
    after: [t("email.link.expiry")],
  };
  await sendEmail(tx, to, content, info);
}

/** At the start, and each day of the wait. Its link "This wasn't me" cancels the recovery. */
export async function sendWaiting(
  tx: Transaction,
  to: Recipient,
  info: RequestInfo,
  wait: { dueAt: number; isFirst: boolean },
): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const words = { siteName: tx.settings.siteName, date: { instant: wait.dueAt } };
  await sendSecurityNotice(tx, to, info, {
    kind: wait.isFirst ? "two-factor-recovery-started" : "two-factor-recovery-waiting",
    subject: t(wait.isFirst ? "email.started.subject" : "email.pending.subject"),
    paragraphs: [t(wait.isFirst ? "email.started.intro" : "email.pending.intro", words), t("email.cancel")],
    after: [],
  });
}

export async function sendFinishLink(tx: Transaction, to: Recipient, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const { siteName } = tx.settings;
  const { token } = await issueToken(tx, { purpose: finishToken, userId: to.id, email: to.email });
  await sendSecurityNotice(tx, to, info, {
    kind: "two-factor-recovery-end",
    subject: t("email.ready.subject"),
    paragraphs: [t("email.ready.intro", { siteName })],
    action: { text: t("email.ready.action"), url: linkTo(tx, finishToken, token) },
    after: [t("email.ready.expiry")],
  });
}

export async function sendRecovered(tx: Transaction, to: Recipient, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const paragraphs = [t("email.done.intro", { siteName: tx.settings.siteName })];
  await sendSecurityNotice(tx, to, info, { kind: "two-factor-recovered", subject: t("email.done.subject"), paragraphs });
}

/** Says who or what cancelled a recovery, and what its owner can do now. */
export async function sendCancelled(
  tx: Transaction,
  to: Recipient,
  info: RequestInfo,
  cause: Exclude<CancelCause, "off" | "unused">,
): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const { siteName } = tx.settings;
  // After a report, the password is locked; a new one from the inbox starts no recovery.
  const needsHelp = cause === "administrator" || cause === "refused" || cause === "report";
  const next = needsHelp ? "email.cancelled.ask" : "email.cancelled.again";
  await sendSecurityNotice(tx, to, info, {
    kind: "two-factor-recovery-cancelled",
    subject: t("email.cancelled.subject"),
    paragraphs: [t("email.cancelled.intro", { siteName, cause }), t(next, { siteName })],
    after: [],
  });
}
