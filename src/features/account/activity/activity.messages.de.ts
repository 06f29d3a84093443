/** Messages in German; see activity.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./activity.messages.ts";

export const translation = translate(messages, "de", {
  title: "Aktivitäten",
  "card.text": "Sehen Sie sich Anmeldungen und Änderungen an Ihrem Konto an.",
  "check.title": "Letzte Anmeldung: {when}",
  "check.elsewhere": "Letzte Anmeldung: {when}, auf einem anderen Gerät",
  "check.device": "{device} · {ip}",
  "check.previous": "Davor: {when}",
  "check.action": "Aktivitäten",
  lead: "Sie erkennen etwas nicht wieder? {link}, um alle anderen Geräte abzumelden.",
  leadSessions: "Sie erkennen etwas nicht wieder? {link}",
  endSessions: "Andere Geräte abmelden",
  changePassword: "Ändern Sie Ihr Passwort",
  empty: "Keine weiteren Ereignisse.",
  older: "Ältere Ereignisse",
});
