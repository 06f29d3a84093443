/** Messages in German; see verification-email.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./verification-email.messages.ts";

export const translation = translate(messages, "de", {
  "email.subject": "Bestätigen Sie Ihre E-Mail-Adresse für {siteName}",
  "email.intro": "Geben Sie diesen Code in dem Browser ein, in dem Sie ihn angefordert haben, oder folgen Sie dem Link.",
  "email.action": "E-Mail-Adresse bestätigen",
  "email.expiry": "Der Code ist 10 Minuten gültig, der Link 24 Stunden.",
  "email.late.intro":
    "Öffnen Sie diesen Link, um Ihre E-Mail-Adresse für {siteName} zu bestätigen. Diese E-Mail kam verspätet an, deshalb ist ihr Code abgelaufen.",
  "email.late.expiry": "Der Link ist 24 Stunden gültig, gerechnet ab Ihrer Anforderung.",
  "email.reason":
    "Sie erhalten diese E-Mail, weil sich jemand mit Ihrer E-Mail-Adresse bei {siteName} registriert hat. Wenn Sie das nicht waren, können Sie sie ignorieren.",
});
