/** Messages of the email about a locked password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("lockout", {
  subject: "Your password has been locked",
  reason: "There were {count} failed login attempts in a row on your account.",
  wayOut: "To protect your account, we locked your password. Reset it to log in again.",
  reset: "Reset password",
  logIn: "Log in",
});
