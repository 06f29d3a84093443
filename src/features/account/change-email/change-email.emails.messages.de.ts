/** Messages in German; see change-email.emails.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-email.emails.messages.ts";

export const translation = translate(messages, "de", {
  "email.code.subject": "Bestätigen Sie Ihre neue E-Mail-Adresse für {siteName}",
  "email.code.intro": "Geben Sie diesen Code ein, um Ihre E-Mail-Adresse zu ändern, oder folgen Sie dem Link.",
  "email.code.action": "Neue E-Mail-Adresse bestätigen",
  "email.code.expiry": "Der Code ist 10 Minuten gültig und funktioniert nur in dem Browser, in dem Sie ihn angefordert haben.",
  "email.code.linkExpiry": "Der Link ist 1 Stunde gültig und funktioniert in jedem Browser, in dem Sie angemeldet sind.",
  "email.code.reason":
    "Sie erhalten diese E-Mail, weil jemand Ihre E-Mail-Adresse für ein eigenes Konto bei {siteName} angegeben hat. Wenn Sie das nicht waren, können Sie sie ignorieren.",
  "email.wanted.subject": "Ein anderes Konto wollte Ihre E-Mail-Adresse verwenden",
  "email.wanted.intro": "Ein anderes Konto bei {siteName} wollte Ihre E-Mail-Adresse verwenden. Es wurde nichts geändert.",
  "email.wanted.own": "Wenn beide Konten Ihnen gehören, ändern Sie zuerst die E-Mail-Adresse dieses Kontos oder löschen Sie es.",
  "email.left.intro": "Die E-Mail-Adresse Ihres Kontos wurde geändert. E-Mails senden wir ab jetzt an {email}.",
  "email.left.expected":
    "Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, können Sie die Änderung innerhalb von 72 Stunden rückgängig machen.",
  "email.left.report": {
    select: "passwords",
    on: "Wenn jemand anderes Zugriff auf Ihr Konto haben könnte, wählen Sie stattdessen „Das war ich nicht“. Dadurch wird auch Ihr Passwort gesperrt, bis Sie es zurücksetzen.",
    off: "Wenn jemand anderes Zugriff auf Ihr Konto haben könnte, wählen Sie stattdessen „Das war ich nicht“. Dadurch wird auch Ihr Konto gesperrt, bis Sie es entsperren.",
  },
  "email.changed.intro": {
    select: "loginWith",
    email: "Die E-Mail-Adresse Ihres Kontos wurde auf diese Adresse geändert. Melden Sie sich ab jetzt damit an.",
    username: "Die E-Mail-Adresse Ihres Kontos wurde auf diese Adresse geändert. Sie melden sich weiterhin mit Ihrem Benutzernamen an.",
    both: "Die E-Mail-Adresse Ihres Kontos wurde auf diese Adresse geändert. Melden Sie sich ab jetzt damit oder mit Ihrem Benutzernamen an.",
  },
  "email.changed.devices": "Alle anderen Geräte wurden abgemeldet.",
});
