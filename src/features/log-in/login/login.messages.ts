/** Messages of logging in. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("login", {
  title: "Log in",
  continueTo: "Log in to continue to {host}.",
  name: { select: "loginWith", email: "Email", username: "Username", both: "Email or username" },
  enterName: {
    select: "loginWith",
    email: "Enter your email.",
    username: "Enter your username.",
    both: "Enter your email or username.",
  },
  badCredentials: {
    select: "loginWith",
    email: "Incorrect email or password.",
    username: "Incorrect username or password.",
    both: "Incorrect email, username or password.",
  },
  badOrUnverified: {
    select: "loginWith",
    email: "Incorrect email or password, or the email hasn't been verified.",
    username: "Incorrect username or password, or the email hasn't been verified.",
    both: "Incorrect email, username or password, or the email hasn't been verified.",
  },
  verifyQuestion: "Not verified yet? {link}",
  verifyLink: "Verify your email",
  passwordsOff: {
    select: "ways",
    passkey: "Passwords are turned off. Log in with a passkey.",
    code: "Passwords are turned off. Log in with a code by email.",
    "passkey code": "Passwords are turned off. Log in with a passkey or with a code by email.",
    "passkey other": "Passwords are turned off. Log in with a passkey or with another account.",
    "code other": "Passwords are turned off. Log in with a code by email or with another account.",
    "passkey code other": "Passwords are turned off. Log in with a passkey, with a code by email or with another account.",
    other: "Passwords are turned off. Log in with another account.",
  },
  remember: "Remember me",
  rememberHint: "Stay logged in on this device. Not recommended on shared computers.",
  alreadyLoggedIn: "You're logged in as {username}. {link}, or log in below to switch accounts.",
  dashboard: "Go to your dashboard",
  continue: "Continue",
  continueToHost: "Continue to {host}",
  "event.new-device-login": "Login from a new device",
  "email.newDevice.subject": "New login to your account",
  "email.newDevice.intro": "Someone logged in to your {siteName} account from a new device.",
});
