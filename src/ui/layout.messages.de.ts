/** Messages in German; see layout.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./layout.messages.ts";

export const translation = translate(messages, "de", {
  errorTitle: "Fehler: {title}",
  skip: "Zum Inhalt springen",
  mainNavigation: "Hauptmenü",
  logIn: "Anmelden",
  signUp: "Konto erstellen",
  dashboard: "Übersicht",
  settings: "Einstellungen",
  menu: "Menü",
  settingsMenu: "Einstellungsmenü",
  breadcrumb: "Brotkrumen-Navigation",
  logOut: "Abmelden",
  language: "Sprache",
  loggedInAs: "Angemeldet als {username}",
});
