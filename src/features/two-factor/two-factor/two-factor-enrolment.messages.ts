/** Messages of the page that asks for a code by email before a required factor is created. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("two-factor-enrolment", {
  title: "Confirm it's you",
  intro: "This site requires two-factor authentication. Before you set it up, we'll email a code to {email}, to make sure that it's you.",
  send: "Email me a code",
  sent: "Enter the code that we sent to {email}.",
  confirm: "Continue",
  sentAgain: "Code sent.",
  unverified: "Verify your email {email} first. Then set up two-factor authentication.",
  none: "Add an email to your account first. Then set up two-factor authentication.",
  unverifiedError: {
    select: "email",
    unverified: "Verify your email first.",
    none: "Add an email first.",
  },
  nothingToConfirm: "There is nothing to confirm here.",
});
