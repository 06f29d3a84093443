/** Messages of re-authentication. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("reauthenticate", {
  title: "Confirm it's you",
  intro: "Confirm your identity to continue.",
  password: "Current password",
  continue: "Continue",
  required: "Confirm it's you to continue.",
  enterPassword: "Enter your current password.",
  locked: "Your password is locked. Reset it to continue.",
  noPassword: "Your account doesn't have a password. Request a password reset email to set one.",
  logInAgain: "Log in again",
  sessionEnded: "Your session has ended. Log in again.",
});
