/** Messages of reporting a compromised account. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("report-compromise", {
  emailed: "All sessions have been ended and your password locked. We've emailed you a link to choose a new one.",
  askForReset:
    "All sessions have been ended and your password locked. Use “Forgot your password?” with your account's current email to choose a new one.",
  "event.reported": "“This wasn’t me” was pressed",
  "notice.link": "This wasn’t me",
});
