/** Messages in German; see email-login.emails.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./email-login.emails.messages.ts";

export const translation = translate(messages, "de", {
  site: "Website",
  "email.login.subject": "Ihr Anmeldecode für {siteName}",
  "email.login.intro": "Geben Sie diesen Code in dem Browser ein, in dem Sie ihn angefordert haben.",
  "email.login.action": "Anmelden",
  "email.signUp.subject": "Ihr Registrierungscode für {siteName}",
  "email.signUp.intro":
    "Sie haben noch kein Konto bei {siteName}. Um eines zu erstellen, geben Sie diesen Code in dem Browser ein, in dem Sie ihn angefordert haben.",
  "email.signUp.action": "Konto erstellen",
  "email.never": "Geben Sie ihn nie woanders ein und nie an andere weiter.",
  "email.expiry": "Code und Link sind 10 Minuten gültig. Der Link meldet nur den Browser an, in dem Sie ihn angefordert haben.",
  "email.reason":
    "Sie erhalten diese E-Mail, weil jemand für Ihre E-Mail-Adresse einen Anmeldecode bei {siteName} angefordert hat. Wenn Sie das nicht waren, können Sie sie ignorieren: Ohne den Code passiert nichts.",
  "email.refused.subject": "Sie können sich bei {siteName} nicht per E-Mail anmelden",
  "email.refused.intro": {
    select: "why",
    none: "Jemand hat für Ihre E-Mail-Adresse einen Anmeldecode angefordert, aber bei {siteName} gibt es kein Konto mit dieser Adresse.",
    off: "Jemand hat für Ihr Konto einen Anmeldecode angefordert, aber die Anmeldung per E-Mail ist in dessen Einstellungen deaktiviert.",
    compromised: "Jemand hat für Ihr Konto einen Anmeldecode angefordert, aber es ist gesperrt, bis Sie Ihr Passwort zurücksetzen.",
    locked:
      "Jemand hat für Ihr Konto einen Anmeldecode angefordert, aber es ist gesperrt, weil jemand anderes Zugriff darauf haben könnte. Entsperren Sie es mit dem Link in unserer früheren E-Mail.",
    disabled: "Jemand hat für Ihr Konto einen Anmeldecode angefordert, aber es wurde von der Administration deaktiviert.",
    unverified:
      "Jemand hat für Ihr Konto einen Anmeldecode angefordert, aber dessen E-Mail-Adresse muss zuerst bestätigt werden. Melden Sie sich auf andere Weise an und bestätigen Sie sie.",
  },
  "email.refused.logIn": "Auf andere Weise anmelden",
  "email.refused.reset": "Passwort zurücksetzen",
  "email.refused.reason":
    "Sie erhalten diese E-Mail, weil jemand für Ihre E-Mail-Adresse einen Anmeldecode bei {siteName} angefordert hat. Wenn Sie das nicht waren, können Sie sie ignorieren.",
  "email.confirm.subject": "Bestätigen Sie Ihre Identität bei {siteName}",
  "email.confirm.intro": "Geben Sie diesen Code auf der Seite ein, die danach gefragt hat, um Ihre Identität zu bestätigen.",
  "email.confirm.expiry": "Der Code ist 10 Minuten gültig.",
  "email.confirm.reason":
    "Sie erhalten diese E-Mail, weil jemand, der in Ihrem Konto bei {siteName} angemeldet ist, es ändern möchte. Wenn Sie das nicht sind, melden Sie Ihre anderen Geräte ab.",
  "email.first.subject": "Frühere Anmeldemöglichkeiten wurden entfernt",
  "email.first.intro": {
    select: "passwords",
    on: "Sie haben sich bei {siteName} per E-Mail angemeldet und damit Ihre E-Mail-Adresse zum ersten Mal bestätigt. Frühere Passwörter, andere Anmeldemöglichkeiten und Sitzungen wurden entfernt, weil sie von jemand anderem stammen könnten. Ein neues Passwort legen Sie über „Passwort vergessen?“ fest.",
    off: "Sie haben sich bei {siteName} per E-Mail angemeldet und damit Ihre E-Mail-Adresse zum ersten Mal bestätigt. Andere frühere Anmeldemöglichkeiten und Sitzungen wurden entfernt, weil sie von jemand anderem stammen könnten.",
  },
  "email.off.subject": "Die Anmeldung per E-Mail wurde deaktiviert",
  "email.off.intro": "Sie können sich bei {siteName} nicht mehr mit Codes und Links per E-Mail anmelden.",
  "email.on.subject": "Die Anmeldung per E-Mail wurde aktiviert",
  "email.on.intro": "Sie können sich bei {siteName} wieder mit Codes und Links per E-Mail anmelden.",
});
