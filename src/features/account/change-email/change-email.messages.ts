/** Messages of changing an account's email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-email", {
  changed: "Email updated. Your other devices have been logged out.",
  cancelled: "Email change cancelled.",
  "event.email-change-asked": "Another e-mail address was asked for",
  "event.email-change-withdrawn": "The change of the e-mail address was withdrawn",
  "event.email-changed": "The e-mail address was changed",
  "card.title": "E-mail address",
  "card.text": "Letters to you go to {email}.",
});
