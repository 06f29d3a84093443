/** Messages in German; see settings.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./settings.messages.ts";

export const translation = translate(messages, "de", {
  title: "Einstellungen",
  profile: "Profil",
  memberSince: "Mitglied seit {when}",
  danger: "Gefahrenbereich",
  "action.add": "Hinzufügen",
  "action.change": "Ändern",
  "action.review": "Ansehen",
  "action.download": "Herunterladen",
  "action.open": "Öffnen",
  "action.delete": "Löschen",
});
