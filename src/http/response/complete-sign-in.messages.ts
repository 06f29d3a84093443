/** Messages after a sign-in. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("complete-sign-in", {
  created: "Account created. Welcome, {name}!",
  welcome: "Welcome, {name}!",
  welcomeBack: "Welcome back, {name}!",
  deletionCancelled: "Account deletion cancelled.",
});
