/** Messages of changing a password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-password", {
  title: "Password",
  "card.text": "Change your password and log out other devices.",
  notSet: "Not set",
  notSetHint: "We can email you a link to set one.",
  notSetAskSite: "Ask the people who run {siteName} to set one.",
  contact: "Contact",
  submit: "Change password",
  forgot: "Forgot your password? {link}",
  forgotLink: "Reset it by email",
  missing: "Your account has no password. We can email you a link to set one.",
  missingAskSite: "Your account has no password. Ask the people who run {siteName} to set one.",
  setByEmail: "Set a password",
  changed: "Password updated. Your other devices have been logged out.",
  same: "This is already your password. Choose a different one.",
  "event.password-changed": "Password changed",
  "email.subject": "Your password was changed",
  "email.intro": "Your password was changed and all other devices were logged out.",
});
