/** Messages in German; see export-data.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./export-data.messages.ts";

export const translation = translate(messages, "de", {
  title: "Daten exportieren",
  "card.text": "Laden Sie alles herunter, was wir über Sie speichern.",
  intro: {
    select: "passwords",
    on: "Laden Sie eine Datei mit Ihrem Konto, Ihren Sitzungen, Ihren Aktivitäten und noch nicht zugestellten E-Mails herunter. Passwörter und Links sind nicht enthalten.",
    off: "Laden Sie eine Datei mit Ihrem Konto, Ihren Sitzungen, Ihren Aktivitäten und noch nicht zugestellten E-Mails herunter. Links sind nicht enthalten.",
  },
  submit: "Herunterladen",
  "event.exported": "Daten exportiert",
});
