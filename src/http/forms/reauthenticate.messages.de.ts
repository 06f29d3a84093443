/** Messages in German; see reauthenticate.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./reauthenticate.messages.ts";

export const translation = translate(messages, "de", {
  title: "Bestätigen Sie Ihre Identität",
  intro: "Das schützt Ihr Konto, falls jemand anderes dieses Gerät benutzt.",
  password: "Aktuelles Passwort",
  continue: "Weiter",
  withPassword: "Mit Passwort bestätigen",
  required: "Bestätigen Sie Ihre Identität, um fortzufahren.",
  enterPassword: "Geben Sie Ihr aktuelles Passwort ein.",
  locked: "Ihr Passwort ist gesperrt. Setzen Sie es zurück, um fortzufahren.",
  noPassword: "Ihr Konto hat kein Passwort. Wir können Ihnen per E-Mail einen Link senden, mit dem Sie eines festlegen.",
  noPasswordAskSite: "Ihr Konto hat kein Passwort. Bitten Sie die Betreiber von {siteName}, eines festzulegen.",
  confirmByLogin: "Melden Sie sich erneut an, um Ihre Identität zu bestätigen.",
  logInAgain: "Erneut anmelden",
  sessionEnded: "Ihre Sitzung ist beendet. Melden Sie sich erneut an.",
});
