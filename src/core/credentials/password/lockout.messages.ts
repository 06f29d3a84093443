/** Messages of the email about a locked password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("lockout", {
  "email.subject": "Your password has been locked",
  "email.intro": "There were {count} failed login attempts in a row on your account.",
  "email.advice": "To protect your account, we locked your password. Reset it to log in again.",
  "email.reset": "Reset password",
  "email.logIn": "Log in",
});
