/** Says who is logged in, and asks others to log in. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("authenticate", {
  loginRequired: "Please log in to access this page.",
  loggedInAs: "You're logged in as {username}.",
});
