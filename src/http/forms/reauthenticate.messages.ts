/** Messages of re-authentication. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("reauthenticate", {
  title: "Confirm it's you",
  intro: "Enter your password to continue.",
  password: "Current password",
  continue: "Continue",
  back: "Back to settings",
  required: "Confirm your password first.",
  enterPassword: "Enter your current password.",
  wrongPassword: "Incorrect password. Try again.",
  locked: "Your password is locked. Reset it to log in.",
  sessionEnded: "Your session has ended. Log in again.",
});
