/** Messages in German; see two-factor-enrolment.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./two-factor-enrolment.messages.ts";

export const translation = translate(messages, "de", {
  title: "Bestätigen Sie Ihre Identität",
  intro: "Diese Website verlangt Zwei-Faktor-Authentifizierung. Bevor Sie sie einrichten, senden wir zur Sicherheit einen Code an {email}.",
  send: "Code per E-Mail senden",
  sent: "Geben Sie den Code ein, den wir an {email} gesendet haben.",
  confirm: "Weiter",
  sentAgain: "Code gesendet.",
  unverified: "Bestätigen Sie zuerst Ihre E-Mail-Adresse {email}. Richten Sie danach die Zwei-Faktor-Authentifizierung ein.",
  none: "Fügen Sie Ihrem Konto zuerst eine E-Mail-Adresse hinzu. Richten Sie danach die Zwei-Faktor-Authentifizierung ein.",
  unverifiedError: {
    select: "email",
    unverified: "Bestätigen Sie zuerst Ihre E-Mail-Adresse.",
    none: "Fügen Sie zuerst eine E-Mail-Adresse hinzu.",
  },
  nothingToConfirm: "Hier gibt es nichts zu bestätigen.",
});
