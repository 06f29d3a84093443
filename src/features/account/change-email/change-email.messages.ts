/** Messages of changing an account's email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-email", {
  changed: "Email updated. Your other devices have been logged out.",
  cancelled: "Email change cancelled.",
});
