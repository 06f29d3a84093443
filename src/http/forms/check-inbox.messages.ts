/** Messages of the pages that ask users to check their inbox. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("check-inbox", {
  title: "Check your inbox",
  helpTitle: "Didn't get the email?",
  spam: "Check your spam folder",
  spamHint: "Emails can take a minute or two to arrive.",
  again: "Send it again",
  againButton: "Send again",
  emails: { plural: "count", one: "{count} email", other: "{count} emails" },
  limitMinutes: { plural: "count", one: "Up to {emails} every minute.", other: "Up to {emails} every {count} minutes." },
  limitHours: { plural: "count", one: "Up to {emails} every hour.", other: "Up to {emails} every {count} hours." },
  limitDays: { plural: "count", one: "Up to {emails} every day.", other: "Up to {emails} every {count} days." },
  wrongEmail: "Wrong email?",
  wrongEmailHint: { select: "sends", code: "We'll send a new code.", link: "We'll send a new link." },
  correct: "Change",
});
