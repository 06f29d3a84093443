/** Messages of changing a password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-password", {
  changed: "Password updated. Your other devices have been logged out.",
  "event.password-changed": "The password was changed",
  "card.title": "Password",
  "card.text": "Choose a new one. Your other devices are logged out with it.",
});
