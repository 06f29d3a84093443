/** Checks that the mail server takes our letters: that it answers, encrypts, and knows our name and password. */
import { randomUUID } from "node:crypto";
import type { Settings } from "../config/load.ts";
import { openMailer, tryMailServer } from "../core/mail/mailer.ts";
import type { Finding } from "./findings.ts";

export interface MailCheck {
  /** Where a letter is to be sent to, if anywhere. */
  readonly send?: string | undefined;
}

export async function checkMail(settings: Settings, { send }: MailCheck = {}): Promise<Finding[]> {
  if (settings.smtpUrl === undefined) return [];
  try {
    await tryMailServer(settings);
    if (send !== undefined) await sendOne(settings, send);
    return [];
  } catch (error) {
    const why = "Nobody can confirm an address or reset a password; letters wait for a day.";
    return [{ level: "error", setting: "SMTP_URL", what: whatItSaid(error as MailError), why, change: "Mend the setting, or the server." }];
  }
}

interface MailError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
}

/** What a server says may quote a name or an address, so only its number is told. */
function whatItSaid({ code = "no answer", responseCode, message }: MailError): string {
  if (code === "EAUTH") return `The mail server refuses the name and password${responseCode === undefined ? "" : ` (${responseCode})`}.`;
  if (code === "ETLS" || /STARTTLS/.test(message)) return "The mail server does not offer to encrypt.";
  return `The mail server does not take letters (${responseCode ?? code}).`;
}

async function sendOne(settings: Settings, to: string): Promise<void> {
  const mailer = openMailer(settings);
  const text = `This letter was sent by "latchkey doctor". That it is here means that letters of ${settings.siteName} arrive.`;
  try {
    const letter = { to, subject: `A letter from ${settings.siteName}`, text: `${text}\n`, html: `<p>${escaped(text)}</p>` };
    await mailer?.send(letter, randomUUID());
  } finally {
    mailer?.close();
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
