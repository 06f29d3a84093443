/** Messages in German; see signup.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./signup.messages.ts";

export const translation = translate(messages, "de", {
  title: "Konto erstellen",
  logInQuestion: "Sie haben schon ein Konto? {link}",
  logIn: "Anmelden",
  emailTaken: "Mit dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich an oder verwenden Sie eine andere Adresse.",
  created: "Ihr Konto wurde erstellt. Melden Sie sich jetzt an.",
  "event.signup-tried": "Registrierung mit Ihrer E-Mail-Adresse versucht",
  "option.question": "Noch kein Konto?",
  "email.subject": "Sie haben schon ein Konto bei {siteName}",
  "email.intro":
    "Jemand wollte sich bei {siteName} mit dieser E-Mail-Adresse registrieren. Sie haben schon ein Konto, deshalb wurde nichts geändert.",
  "email.action": "Anmelden",
  "email.forgot": "Passwort vergessen?",
  "email.reason":
    "Sie erhalten diese E-Mail, weil Sie ein Konto bei {siteName} haben. Wenn Sie sich nicht noch einmal registriert haben, können Sie sie ignorieren.",
});
