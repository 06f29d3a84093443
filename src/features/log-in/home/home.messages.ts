/** Messages of the first page. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("home", {
  title: "Welcome",
  heading: "{siteName}",
  lead: "Create an account or log in.",
  leadClosed: "Log in to your account.",
  signUp: "Create account",
  logIn: "Log in",
  loggedInAs: "You're logged in as {name}.",
  dashboard: "Go to your dashboard",
  continue: "Continue",
});
