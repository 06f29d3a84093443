/** Messages in German; see enrolment.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./enrolment.messages.ts";

export const translation = translate(messages, "de", {
  twoFactorRequired: "Richten Sie die Zwei-Faktor-Authentifizierung ein, um fortzufahren.",
  emailCodeRequired: "Geben Sie zuerst den Code aus einer E-Mail an Ihr Konto ein.",
  verifyEmailFirst: "Bestätigen Sie zuerst Ihre E-Mail-Adresse. Danach können Sie weitere Anmeldemöglichkeiten einrichten.",
  verifyEmail: "E-Mail-Adresse bestätigen",
  addEmailFirst: "Fügen Sie zuerst eine E-Mail-Adresse hinzu. Danach können Sie weitere Anmeldemöglichkeiten einrichten.",
  addEmail: "E-Mail-Adresse hinzufügen",
  secondFactorRequired: "Bestätigen Sie Ihre Identität mit Ihrem zweiten Faktor, um fortzufahren.",
  notice: "Ab {date} braucht Ihr Konto die Zwei-Faktor-Authentifizierung. {link}",
  until: "Ab {date} braucht Ihr Konto die Zwei-Faktor-Authentifizierung.",
  noticeLink: "Jetzt einrichten",
  mayNotTurnOff:
    "Ihr Konto braucht die Zwei-Faktor-Authentifizierung. Sie können sie nicht deaktivieren und den letzten Faktor nicht entfernen. Um diesen zu ersetzen, fügen Sie zuerst einen anderen hinzu.",
});
