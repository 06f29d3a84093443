/** Messages about the login state. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("authenticate", {
  loginRequired: "Please log in to access this page.",
  loggedInAs: "You're logged in as {username}.",
});
