/** Messages of changing a password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-password", {
  title: "Password",
  "card.text": "Change your password and log out other devices.",
  submit: "Change password",
  forgot: "Forgot your password? {link}",
  forgotLink: "Reset it by email",
  missing: "Your account doesn't have a password. To set one, request a password reset email.",
  missingAskAdmin: "Your account doesn't have a password. Ask an administrator to set one.",
  setByEmail: "Reset password",
  changed: "Password updated. Your other devices have been logged out.",
  same: "This is already your password. Choose a different one.",
  "event.password-changed": "Password changed",
  "email.subject": "Your password was changed",
  "email.intro": "Your password was changed and all other devices were logged out.",
});
