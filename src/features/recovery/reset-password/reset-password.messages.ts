/** Messages of resetting a password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("reset-password", {
  asked: "If an account exists for that email, we've sent a reset link. It expires in 30 minutes.",
  changed: "Password updated. You've been logged out everywhere. Log in with your new password.",
  "event.reset-asked": "A letter to choose a new password was asked for",
  "event.password-reset": "A new password was chosen by letter",
  "option.link": "Forgot your password?",
});
