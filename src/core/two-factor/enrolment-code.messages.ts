/** Messages of the email with the code that forced enrolment asks for. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("enrolment-code", {
  subject: "Set up two-factor authentication at {siteName}",
  intro: "Enter this code to set up two-factor authentication for your account at {siteName}.",
  expiry: "The code expires in 10 minutes and only works in the browser that requested it. Never give it to anyone.",
  notYou: {
    select: "thief",
    password: "If you didn't request this, someone knows your password. Change it.",
    session: "If you didn't request this, someone else is logged in to your account. Log them out in the settings.",
  },
  report: {
    select: "thief",
    password: "If you didn't request this, someone knows your password. Use the link below to lock it and to log out all devices.",
    session: "If you didn't request this, someone else is logged in to your account. Use the link below to log out all devices.",
  },
});
