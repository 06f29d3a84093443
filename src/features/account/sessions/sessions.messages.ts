/** Messages of the list of sessions. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("sessions", {
  ended: "Device logged out.",
  othersEnded: "All other devices have been logged out.",
});
