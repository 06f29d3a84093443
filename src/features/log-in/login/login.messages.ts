/** Messages of logging in. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("login", {
  welcome: "Welcome, {name}!",
  welcomeBack: "Welcome back, {name}!",
  deletionCancelled: "Account deletion cancelled.",
  "event.logged-in": "Logged in",
  "event.login-failed": "Wrong password",
  "event.login-limited": "Too many wrong passwords: logging in was stopped for a while",
  "event.password-set-aside": "The password was set aside after 100 failures in a row",
  "event.password-confirmed": "The password was confirmed before a change",
  "event.old-cookie-exchanged": "Stayed logged in from the application before this one",
});
