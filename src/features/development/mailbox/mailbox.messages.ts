/** Messages of the development inbox. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("mailbox", {
  title: "Inbox",
  intro: "SMTP is not configured, so emails are shown here. Development only.",
  empty: "No emails yet.",
  emptyHint: "Emails appear here as soon as the app sends one, such as when someone signs up.",
  list: "Emails",
  back: "Back to inbox",
  recipient: "To {email}",
  sent: "To {email} · {when}",
  sentKind: "To {email} · {when} · {kind}",
  parts: "Parts of the email",
  preview: "Preview",
  text: "Text",
  source: "Source",
  previewOf: "Preview of the email",
  justSent: "Development: an email was just sent. {link}",
  openInbox: "Open the inbox.",
});
