/** Messages in German; see fields.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./fields.messages.ts";

export const translation = translate(messages, "de", {
  problemPrefix: "Fehler:",
  summaryTitle: "Es gibt ein Problem",
  show: "Anzeigen",
  hide: "Verbergen",
  showPassword: "Passwort anzeigen",
  hidePassword: "Passwort verbergen",
  strengthVeryWeak: "Sehr schwach: leicht zu erraten.",
  strengthWeak: "Schwach: Ergänzen Sie weitere Wörter.",
  strengthFair: "Mittel: Ergänzen Sie noch ein Wort.",
  strengthGood: "Stark.",
  strengthVeryGood: "Sehr stark.",
  none: "Keine Angabe",
  chooseOne: "Bitte auswählen",
});
