/** Messages in German; see login.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./login.messages.ts";

export const translation = translate(messages, "de", {
  title: "Anmelden",
  continueTo: "Melden Sie sich an, um zu {host} zu gelangen.",
  badCredentials: "E-Mail-Adresse oder Passwort ist falsch.",
  badOrUnverified: "E-Mail-Adresse oder Passwort ist falsch, oder die E-Mail-Adresse ist noch nicht bestätigt.",
  verifyQuestion: "Noch nicht bestätigt? {link}",
  verifyLink: "E-Mail-Adresse bestätigen",
  remember: "Angemeldet bleiben",
  rememberHint: "Auf diesem Gerät angemeldet bleiben. Nicht für gemeinsam genutzte Computer empfohlen.",
  alreadyLoggedIn: "Sie sind als {username} angemeldet. {link}, oder melden Sie sich unten mit einem anderen Konto an.",
  dashboard: "Zur Übersicht",
  continue: "Weiter",
  continueToHost: "Weiter zu {host}",
});
