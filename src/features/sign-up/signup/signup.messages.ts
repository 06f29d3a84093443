/** Messages of signing up. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("signup", {
  created: "Account created successfully! Please log in.",
  "event.signed-up": "The account was made",
  "event.signup-tried": "Somebody tried to sign up with your address",
  "option.question": "You have no account yet?",
  "option.link": "Sign up",
});
