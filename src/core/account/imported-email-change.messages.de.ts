/** Messages in German; see imported-email-change.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./imported-email-change.messages.ts";

export const translation = translate(messages, "de", {
  "email.left.subject": "Ihre E-Mail-Adresse wurde geändert",
  "email.left.intro":
    "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung geändert. Wir haben sie deshalb auch hier geändert. E-Mails senden wir ab jetzt an {email}.",
  "email.left.advice":
    "Wenn Sie das nicht waren oder diese E-Mail-Adresse behalten möchten, machen Sie die Änderung innerhalb von 72 Stunden rückgängig.",
  "email.left.action": "Änderung rückgängig machen",
  "email.unverified.subject": "Ihre E-Mail-Adresse wird bei {siteName} nicht mehr verwendet",
  "email.unverified.intro":
    "Ein Konto bei {siteName} war mit dieser E-Mail-Adresse angelegt, ohne dass sie bestätigt wurde. Es verwendet jetzt eine andere Adresse.",
  "email.unverified.reason": "Sie erhalten diese E-Mail, weil ein Konto bei {siteName} bisher Ihre E-Mail-Adresse verwendet hat.",
  "email.changed.subject": "Ihr Konto verwendet jetzt diese E-Mail-Adresse",
  "email.changed.intro": {
    select: "loginWith",
    email:
      "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung in diese Adresse geändert. Melden Sie sich ab jetzt damit an.",
    username:
      "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung in diese Adresse geändert. Sie melden sich weiterhin mit Ihrem Benutzernamen an.",
    both: "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung in diese Adresse geändert. Melden Sie sich ab jetzt damit oder mit Ihrem Benutzernamen an.",
  },
  "email.changed.devices": "Alle Geräte wurden abgemeldet.",
});
