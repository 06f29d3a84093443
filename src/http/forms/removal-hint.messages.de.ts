/** Messages in German; see removal-hint.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./removal-hint.messages.ts";

export const translation = translate(messages, "de", {
  forGood: "Das kann nicht rückgängig gemacht werden.",
  kept: "Mit „Das war ich nicht“ in der E-Mail zu dieser Änderung lässt sie sich 72 Stunden lang rückgängig machen.",
  final:
    "Bei Verlust oder Diebstahl: {link} Sie zuerst mit einem anderen Faktor, dass Sie es sind. Dann kann niemand sie rückgängig machen.",
  confirm: "Bestätigen",
});
