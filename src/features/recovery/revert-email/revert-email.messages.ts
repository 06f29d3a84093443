/** Messages of reversing an email change. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("revert-email", {
  reverted: {
    select: "passwords",
    on: "Email change undone. All devices have been logged out. If someone else made the change, they may know your password. Choose a new one now.",
    off: "Email change undone. All devices have been logged out. If someone else made the change, log in and remove the ways to log in that aren't yours.",
  },

  title: "Undo email change",
  intro: "Your account will use {email} again, and all devices will be logged out.",
  unverifiedErased: "If another account was created with this email and never verified, it will be deleted.",
  button: "Undo email change",
  taken: "Another account now uses this email. If you didn't make the change, use “This wasn't me” in the same email.",

  deadIntro: {
    select: "resets",
    on: "These links expire after 72 hours and can be used once. You can still reset your password with your account's current email.",
    off: "These links expire after 72 hours and can be used once.",
  },
  deadProblem: {
    select: "resets",
    on: "This link has expired or was already used. You can still reset your password with your account's current email.",
    off: "This link has expired or was already used.",
  },
  deadLogIn: "Log in",
  deadReset: "Reset password",

  "email.restored.subject": "Your previous email is back in use",
  "email.restored.intro": {
    select: "loginWith",
    email: "Your {siteName} account uses this email again, and all devices have been logged out. Log in with this email.",
    username: "Your {siteName} account uses this email again, and all devices have been logged out. Log in with your username.",
    both: "Your {siteName} account uses this email again, and all devices have been logged out. Log in with this email or your username.",
  },
  "email.restored.advice": {
    select: "resets",
    on: "If someone else made the change, they may know your password. To choose a new one, use “Forgot your password?” on the login page.",
    off: "If someone else made the change, log in and remove the ways to log in that aren't yours.",
  },

  "email.takenBack.subject": "This email was removed from your account",
  "email.takenBack.intro":
    "The change to this email was undone from your previous inbox. Your {siteName} account uses your previous email again.",
  "email.takenBack.reason": "You're receiving this because an account at {siteName} used your email until now.",
  "email.takenBack.advice": "If you no longer have access to that inbox, contact {siteName} support.",
});
