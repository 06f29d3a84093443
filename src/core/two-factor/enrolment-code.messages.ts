/** Messages of the email with the code that forced enrolment asks for. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("enrolment-code", {
  subject: "Set up two-factor authentication at {siteName}",
  intro: "Enter this code to set up two-factor authentication for your account at {siteName}:",
  expiry: "The code expires in 10 minutes and only works in the browser that requested it. Never give it to anyone.",
  notYou: "If you didn't request this, someone knows your password. Change it.",
});
