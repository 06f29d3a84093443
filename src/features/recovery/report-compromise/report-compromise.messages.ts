/** Messages of reporting a compromised account. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("report-compromise", {
  emailed: "All devices have been logged out and your password is locked. We've emailed you a link to choose a new one.",
  askForReset:
    "All devices have been logged out and your password is locked. Use “Forgot your password?” with your account's current email to choose a new one.",
  "event.compromise-reported": "Account reported as compromised",
  "email.link": "This wasn't me",

  title: "Wasn't you?",
  intro: "Someone else may have access to your account. This will:",
  endSessions: "log out all devices, including yours;",
  lockPassword: "lock your current password;",
  revertEmail: "restore your previous email, if it was changed in the last 72 hours;",
  sendReset: "email you a link to choose a new password.",
  button: "This wasn't me: secure my account",
  close: "If it was you, close this page. Nothing has changed.",

  deadIntro:
    "These links expire after 72 hours and can be used once. If someone else may have access to your account, reset your password to log out all devices.",
  deadProblem: "This link has expired or was already used. Reset your password to log out all devices.",
  deadReset: "Reset password",
});
