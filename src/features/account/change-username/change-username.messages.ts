/** Messages of changing a username. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-username", {
  changed: "Username updated.",
  "event.username-changed": "The user name was changed",
  "card.title": "User name",
  "card.text": "You are {username}.",
});
