/** Checks the SMTP server: connection, encryption and credentials. */
import { randomUUID } from "node:crypto";
import type { Settings } from "../config/load.ts";
import { openMailer, tryMailServer } from "../core/mail/mailer.ts";
import type { Finding } from "./findings.ts";

export interface MailCheck {
  /** Recipient of a test email. */
  readonly send?: string | undefined;
}

export async function checkMail(settings: Settings, { send }: MailCheck = {}): Promise<Finding[]> {
  if (settings.smtpUrl === undefined) return [];
  try {
    await tryMailServer(settings);
    if (send !== undefined) await sendOne(settings, send);
    return [];
  } catch (error) {
    const needed = settings.passwords === "on" ? "verify emails or reset passwords" : "verify emails or log in by email";
    const risk = `Users cannot ${needed}; queued emails fail after a day.`;
    return [
      { level: "error", setting: "SMTP_URL", problem: smtpProblem(error as MailError), risk, fix: "Correct the setting or the server." },
    ];
  }
}

interface MailError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
}

/** Reports the reply code only: the reply text may quote emails. */
function smtpProblem({ code = "no answer", responseCode, message }: MailError): string {
  if (code === "EAUTH")
    return `The SMTP server rejects the username and password${responseCode === undefined ? "" : ` (${responseCode})`}.`;
  if (code === "ETLS" || /STARTTLS/.test(message)) return "The SMTP server does not offer encryption.";
  return `The SMTP server does not accept emails (${responseCode ?? code}).`;
}

async function sendOne(settings: Settings, to: string): Promise<void> {
  const mailer = openMailer(settings);
  const text = `This test email was sent by "latchkey doctor". Emails of ${settings.siteName} are delivered.`;
  try {
    const email = { to, subject: `Test email from ${settings.siteName}`, text: `${text}\n`, html: `<p>${escaped(text)}</p>` };
    await mailer?.send(email, randomUUID());
  } finally {
    mailer?.close();
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
