/** Messages in German; see imported-email-change.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./imported-email-change.messages.ts";

export const translation = translate(messages, "de", {
  "email.left.intro":
    "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung geändert. Wir haben sie deshalb auch hier geändert. E-Mails senden wir ab jetzt an {email}.",
  "email.left.advice":
    "Wenn Sie das nicht waren oder diese E-Mail-Adresse behalten möchten, machen Sie die Änderung innerhalb von 72 Stunden rückgängig.",
  "email.changed.intro": {
    select: "loginWith",
    email:
      "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung auf diese Adresse geändert. Melden Sie sich ab jetzt damit an.",
    username:
      "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung auf diese Adresse geändert. Sie melden sich weiterhin mit Ihrem Benutzernamen an.",
    both: "Die E-Mail-Adresse Ihres Kontos bei {siteName} wurde in unserer früheren Anwendung auf diese Adresse geändert. Melden Sie sich ab jetzt damit oder mit Ihrem Benutzernamen an.",
  },
  "email.changed.devices": "Alle Geräte wurden abgemeldet.",
});
