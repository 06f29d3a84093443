/** Messages in German; see login.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./login.messages.ts";

export const translation = translate(messages, "de", {
  title: "Anmelden",
  continueTo: "Melden Sie sich an, um zu {host} zu gelangen.",
  name: {
    select: "loginWith",
    email: "E-Mail-Adresse",
    username: "Benutzername",
    both: "E-Mail-Adresse oder Benutzername",
  },
  enterName: {
    select: "loginWith",
    email: "Geben Sie Ihre E-Mail-Adresse ein.",
    username: "Geben Sie Ihren Benutzernamen ein.",
    both: "Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein.",
  },
  badCredentials: {
    select: "loginWith",
    email: "E-Mail-Adresse oder Passwort ist falsch.",
    username: "Benutzername oder Passwort ist falsch.",
    both: "E-Mail-Adresse, Benutzername oder Passwort ist falsch.",
  },
  badOrUnverified: {
    select: "loginWith",
    email: "E-Mail-Adresse oder Passwort ist falsch, oder die E-Mail-Adresse ist noch nicht bestätigt.",
    username: "Benutzername oder Passwort ist falsch, oder die E-Mail-Adresse ist noch nicht bestätigt.",
    both: "E-Mail-Adresse, Benutzername oder Passwort ist falsch, oder die E-Mail-Adresse ist noch nicht bestätigt.",
  },
  verifyQuestion: "Noch nicht bestätigt? {link}",
  verifyLink: "E-Mail-Adresse bestätigen",
  passwordsOff: {
    select: "ways",
    passkey: "Passwörter sind deaktiviert. Melden Sie sich mit einem Passkey an.",
    code: "Passwörter sind deaktiviert. Melden Sie sich mit einem Code per E-Mail an.",
    "passkey code": "Passwörter sind deaktiviert. Melden Sie sich mit einem Passkey oder mit einem Code per E-Mail an.",
    "passkey other": "Passwörter sind deaktiviert. Melden Sie sich mit einem Passkey oder mit einem anderen Konto an.",
    "code other": "Passwörter sind deaktiviert. Melden Sie sich mit einem Code per E-Mail oder mit einem anderen Konto an.",
    "passkey code other":
      "Passwörter sind deaktiviert. Melden Sie sich mit einem Passkey, mit einem Code per E-Mail oder mit einem anderen Konto an.",
    other: "Passwörter sind deaktiviert. Melden Sie sich mit einem anderen Konto an.",
  },
  lostPasskey: "Sie können Ihren Passkey nicht verwenden? Fragen Sie die Betreiber von {siteName}.",
  lostPasskeyContact: "Sie können Ihren Passkey nicht verwenden? {link}.",
  contact: "Support kontaktieren",
  remember: "Angemeldet bleiben",
  rememberHint: "Nicht für gemeinsam genutzte Computer empfohlen.",
  alreadyLoggedIn: "Sie sind als {username} angemeldet. {link}, oder melden Sie sich unten mit einem anderen Konto an.",
  dashboard: "Zur Übersicht",
  continue: "Weiter",
  continueToHost: "Weiter zu {host}",
  "event.new-device-login": "Anmeldung von einem neuen Gerät",
  "email.newDevice.subject": "Neue Anmeldung bei Ihrem Konto",
  "email.newDevice.intro": "In Ihrem Konto bei {siteName} hat sich jemand mit einem neuen Gerät angemeldet.",
});
