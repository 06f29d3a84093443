/** Messages of the development inbox. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("mailbox", {
  title: "Inbox",
  intro: "SMTP is not configured, so emails are shown here. Development only.",
  empty: "No emails yet.",
  sent: "To {email} · {when}",
});
