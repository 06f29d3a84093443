/** Messages about required two-factor authentication. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("enrolment", {
  twoFactorRequired: "Set up two-factor authentication to continue.",
  emailCodeRequired: "Enter the code from an email to your account first.",
  verifyEmailFirst: "Verify your email first. Then you can set up other ways to log in.",
  verifyEmail: "Verify email",
  addEmailFirst: "Add an email first. Then you can set up other ways to log in.",
  addEmail: "Add email",
  secondFactorRequired: "Confirm it's you with your second factor to continue.",
  notice: "Your account needs two-factor authentication from {date}. {link}",
  until: "Your account needs two-factor authentication from {date}.",
  noticeLink: "Set it up now",
  mayNotTurnOff:
    "Your account needs two-factor authentication, so you can't turn it off or remove the last factor. To replace that one, add another first.",
});
