/** Messages of reversing an email change. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("revert-email", {
  reverted:
    "Email change reversed. All devices have been logged out. If someone else made the change, they may know your password: choose a new one now.",
  "event.email-change-undone": "The change of the e-mail address was undone",
});
