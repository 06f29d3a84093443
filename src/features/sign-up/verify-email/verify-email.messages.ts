/** Messages of verifying an email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("verify-email", {
  verified: "Email verified.",
  verifiedLogIn: "Email verified. You can log in now.",
  alreadyVerified: "Your email is already verified.",
  usernameTaken: 'The username "{wanted}" was taken, so yours is {username}. You can change it in Settings.',
  sent: "If this email still needs to be verified, we've sent a new code.",
  sentOrSignUp:
    "If this email still needs to be verified, we've sent a new code. If it doesn't arrive within a few minutes, sign up again.",
  "event.email-confirmed": "The e-mail address was confirmed",
  "option.question": "Not confirmed yet?",
  "option.link": "Confirm your address",
});
