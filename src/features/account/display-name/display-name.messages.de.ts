/** Messages in German; see display-name.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./display-name.messages.ts";

export const translation = translate(messages, "de", {
  title: "Anzeigename",
  hint: "Höchstens {max} Zeichen. Lassen Sie das Feld leer, um Ihren Benutzernamen anzuzeigen.",
  submit: "Speichern",
  changed: "Anzeigename geändert.",
  removed: "Anzeigename entfernt. Stattdessen wird Ihr Benutzername angezeigt.",
  notText: "Ihr Anzeigename enthält ein ungültiges Zeichen. Geben Sie ihn noch einmal ein.",
  tooLong: "Geben Sie einen Anzeigenamen mit höchstens {max} Zeichen ein.",
  invisible: "Ihr Anzeigename enthält ein unsichtbares Zeichen. Tippen Sie ihn ein, statt ihn einzufügen.",
  empty: "Geben Sie einen Anzeigenamen mit mindestens einem Buchstaben, einer Ziffer oder einem Symbol ein.",
  "event.display-name-changed": "Anzeigename geändert",
});
