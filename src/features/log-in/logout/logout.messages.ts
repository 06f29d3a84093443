/** Messages of logging out. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("logout", {
  loggedOut: "You have been logged out successfully.",
  "event.logged-out": "Logged out",
});
