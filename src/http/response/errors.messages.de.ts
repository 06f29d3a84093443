/** Messages in German; see errors.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./errors.messages.ts";

export const translation = translate(messages, "de", {
  notFound: "Unter dieser URL gibt es keine Seite. Prüfen Sie sie auf Tippfehler.",
  methodNotAllowed: "Diese URL unterstützt diese Methode nicht.",
  tooLarge: "Die Anfrage ist zu groß. Es wurde nichts geändert.",
  unreadable: "Der Inhalt der Anfrage ist fehlerhaft.",
  unsupportedEncoding: "Komprimierte Anfragen werden nicht unterstützt.",
  unsupportedType: "Nur Formulare und JSON in UTF-8 werden unterstützt.",
  foreignOrigin: "Diese Anfrage wurde blockiert, weil sie von einer anderen Website kam.",
  roleRequired: "Sie haben keine Berechtigung für diese Seite.",
  tokenRequired: "Für Metriken ist ein Bearer-Token nötig.",
  otherEmail:
    "Sie haben in diesem Browser inzwischen einen Link aus einer anderen E-Mail geöffnet. Um diesen zu verwenden, öffnen Sie ihn noch einmal.",
  pending: "Wir verarbeiten dieses Formular noch. Warten Sie einen Moment und prüfen Sie dann das Ergebnis.",
  busy: "Gerade melden sich zu viele Personen an. Versuchen Sie es in ein paar Sekunden noch einmal.",
  unavailable: "Der Dienst ist vorübergehend nicht erreichbar. Versuchen Sie es in ein paar Sekunden noch einmal.",
  internal: "Bei uns ist ein Fehler aufgetreten. Versuchen Sie es in ein paar Minuten noch einmal.",
});
