/** Messages of deleting an account. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("delete-account", {
  deleted: "Account deleted.",
  scheduled: "Your account will be deleted on {date}. To keep it, log in before then.",
  "event.deletion-asked": "Deleting the account was asked for",
  "event.deletion-cancelled": "Deleting the account was cancelled",
  "card.title": "Delete your account",
  "card.text": "Erases everything that is kept about you.",
});
