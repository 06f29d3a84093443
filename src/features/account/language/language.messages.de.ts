/** Messages in German; see language.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./language.messages.ts";

export const translation = translate(messages, "de", {
  title: "Sprache",
  intro: "Wählen Sie die Sprache dieser Website.",
  hint: "Gilt für die Seiten und für E-Mails, die wir Ihnen senden.",
  submit: "Speichern",
  changed: "Sprache geändert.",
  choose: "Wählen Sie eine Sprache aus der Liste.",
  "event.language-changed": "Sprache geändert",
});
