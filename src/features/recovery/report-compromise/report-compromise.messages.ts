/** Messages of reporting a compromised account. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("report-compromise", {
  emailed: {
    select: "locked",
    password: "All devices have been logged out and your password is locked. We've emailed you a link to choose a new one.",
    account: "All devices have been logged out and your account is locked. We've emailed you a link to choose a password.",
  },
  askForReset: {
    select: "locked",
    password:
      "All devices have been logged out and your password is locked. Use “Forgot your password?” with your account's current email to choose a new one.",
    account:
      "All devices have been logged out and your account is locked. Use “Forgot your password?” with your account's current email to choose one.",
    withoutReset:
      "All devices have been logged out, and your account is locked. Use “This wasn't me” in an email to your account's current email to unlock it.",
  },
  "event.compromise-reported": "Account reported as compromised",
  "email.link": "This wasn't me",

  title: "Wasn't you?",
  intro: "Someone else may have access to your account. Securing it will:",
  endSessions: "log out all devices, including yours;",
  lockPassword: "lock your current password;",
  takeBack: "remove ways to log in and second factors that were added in the last 72 hours;",
  restore: {
    select: "providers",
    on: "restore second factors and linked logins that were removed in the last 72 hours;",
    off: "restore second factors that were removed in the last 72 hours;",
  },
  revertEmail: "restore your previous email, if it was changed in the last 72 hours;",
  sendReset: "email you a link to choose a new password.",
  button: "This wasn't me: secure my account",
  close: "If it was you, close this page. Nothing has changed.",

  deadIntro: {
    select: "resets",
    on: "These links expire after 72 hours and can be used once. If someone else may have access to your account, reset your password to log out all devices.",
    off: "These links expire after 72 hours and can be used once. If someone else may have access to your account, log out your other devices in Settings.",
  },
  deadProblem: {
    select: "resets",
    on: "This link has expired or was already used. Reset your password to log out all devices.",
    off: "This link has expired or was already used.",
  },
  deadReset: "Reset password",
  emailedUnlock: "All devices have been logged out, and your account is locked. We've emailed you a link to unlock it.",
  unlocked: "Your account is unlocked. Log in, and remove what isn't yours in the settings.",
  sendUnlock: "email you a link to continue.",
  unlockTitle: "Unlock your account",
  unlockIntro: "Your account is locked until you unlock it here. Ways to log in that were added recently have been removed.",
  unlockButton: "Unlock my account",
  "event.account-unlocked": "Account unlocked",
  "email.unlock.subject": "Unlock your {siteName} account",
  "email.unlock.intro":
    "You told us that someone else may have access to your {siteName} account. All devices were logged out, and your account is locked until you unlock it.",
  "email.unlock.action": "Unlock account",
  "email.unlock.expiry": "This link expires in 72 hours and can be used once.",
});
