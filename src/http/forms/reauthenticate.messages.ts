/** Messages of re-authentication. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("reauthenticate", {
  title: "Confirm it's you",
  intro: "This protects your account if someone else uses this device.",
  password: "Current password",
  continue: "Continue",
  withPassword: "Confirm with password",
  required: "Confirm it's you to continue.",
  enterPassword: "Enter your current password.",
  locked: "Your password is locked. Reset it to continue.",
  noPassword: "Your account has no password. We can email you a link to set one.",
  noPasswordAskSite: "Your account has no password. Ask the people who run {siteName} to set one.",
  confirmByLogin: "Log in again to confirm it's you.",
  logInAgain: "Log in again",
  sessionEnded: "Your session has ended. Log in again.",
});
