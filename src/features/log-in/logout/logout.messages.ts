/** Messages of logging out. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("logout", {
  title: "Log out",
  notLoggedIn: "You're not logged in",
  logIn: "Log in",
  question: "Log out?",
  intro: "You're logged in as {username}. Logging out ends this session. Your other devices stay logged in.",
  button: "Log out",
  stay: "Stay logged in",
  loggedOut: "You have been logged out successfully.",
});
