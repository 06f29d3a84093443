/** Messages of the list of sessions. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("sessions", {
  ended: "Device logged out.",
  othersEnded: "All other devices have been logged out.",
  "event.session-ended": "A device was logged out from another one",
  "event.other-sessions-ended": "All other devices were logged out",
  "card.title": "Where you are logged in",
  "card.text": "See every device, and log out those that you do not know.",
});
