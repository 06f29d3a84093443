/** Messages of re-authentication. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("reauthenticate", {
  title: "Confirm it's you",
  intro: "Confirm your identity to continue.",
  password: "Current password",
  continue: "Continue",
  required: "Confirm it's you first.",
  enterPassword: "Enter your current password.",
  wrongPassword: "Incorrect password. Try again.",
  locked: "Your password is locked. Reset it to log in.",
  noPassword: "Your account has no password. Set one with a password reset email.",
  logInAgain: "Log in again",
  sessionEnded: "Your session has ended. Log in again.",
});
