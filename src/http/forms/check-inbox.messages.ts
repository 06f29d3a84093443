/** Messages of the pages that ask users to check their inbox. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("check-inbox", {
  title: "Check your inbox",
  helpTitle: "Didn't get the email?",
  spam: "Check your spam folder",
  spamHint: "Emails can take a minute or two to arrive.",
  again: "Request another email",
  againButton: "Send again",
  limitMinutes: {
    plural: "count",
    one: "Limit per inbox: {emails} in {count} minute.",
    other: "Limit per inbox: {emails} in {count} minutes.",
  },
  limitHours: {
    plural: "count",
    one: "Limit per inbox: {emails} in {count} hour.",
    other: "Limit per inbox: {emails} in {count} hours.",
  },
  limitDays: {
    plural: "count",
    one: "Limit per inbox: {emails} in {count} day.",
    other: "Limit per inbox: {emails} in {count} days.",
  },
  wrongEmail: "Wrong email?",
  wrongEmailHint: "Correct it to get a new email.",
  correct: "Correct email",
});
