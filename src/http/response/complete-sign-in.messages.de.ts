/** Messages in German; see complete-sign-in.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./complete-sign-in.messages.ts";

export const translation = translate(messages, "de", {
  created: "Konto erstellt. Willkommen, {name}!",
  welcome: "Willkommen, {name}!",
  welcomeBack: "Willkommen zurück, {name}!",
  deletionCancelled: "Die Löschung Ihres Kontos wurde abgebrochen.",
});
