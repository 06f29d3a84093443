/** Messages of changing a password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-password", {
  changed: "Password updated. Your other devices have been logged out.",
});
