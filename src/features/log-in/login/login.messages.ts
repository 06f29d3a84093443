/** Messages of logging in. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("login", {
  welcome: "Welcome, {name}!",
  welcomeBack: "Welcome back, {name}!",
  deletionCancelled: "Account deletion cancelled.",
});
