/** Messages of the first page. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("home", {
  title: "Welcome",
  heading: "Your account at {siteName}",
  lead: "Create an account or log in.",
  leadClosed: "Log in to your account.",
  signUp: "Sign up",
  logIn: "Log in",
  loggedInAs: "You're logged in as {name}.",
  dashboard: "Go to your dashboard",
  continue: "Continue",
  promises: "Security and privacy",
  passwordTitle: "Your password is protected",
  passwordText: "We store passwords as secure hashes and limit repeated login attempts.",
  sessionTitle: "You control your sessions",
  sessionText: "Stay logged in on your own device, or only until you close the browser. Logging out ends the session immediately.",
  trackingTitle: "No tracking",
  trackingText: "Nothing is loaded from other sites, and every page works without scripts.",
});
