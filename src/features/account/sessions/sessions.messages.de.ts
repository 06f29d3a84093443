/** Messages in German; see sessions.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./sessions.messages.ts";

export const translation = translate(messages, "de", {
  title: "Sitzungen",
  "card.text": "Sehen Sie, wo Sie angemeldet sind, und melden Sie Geräte ab, die Sie nicht kennen.",
  badge: {
    plural: "count",
    one: "{count} Sitzung",
    other: "{count} Sitzungen",
  },
  "check.title": {
    plural: "count",
    one: "Sie haben {count} aktive Sitzung",
    other: "Sie haben {count} aktive Sitzungen",
  },
  "check.hint": "Melden Sie Geräte ab, die Sie nicht verwenden oder nicht kennen.",
  "check.action": "Sitzungen",
  lead: "Sie kennen ein Gerät nicht? Melden Sie es ab und {link}.",
  leadLogOut: "Sie kennen ein Gerät nicht? Melden Sie es ab.",
  changePassword: "ändern Sie Ihr Passwort",
  thisDevice: "Dieses Gerät",
  logOut: "Abmelden",
  logOutDevice: "{device} abmelden, IP-Adresse {ip}",
  logOutOthers: "Alle anderen Geräte abmelden",
  ended: "Gerät abgemeldet.",
  othersEnded: "Alle anderen Geräte wurden abgemeldet.",
  alreadyEnded: "Dieses Gerät wurde bereits abgemeldet.",
  thisSession: "Das ist das Gerät, das Sie gerade verwenden. Um es abzumelden, wählen Sie „Abmelden“.",
  choose: "Wählen Sie ein Gerät, das Sie abmelden möchten, oder melden Sie alle anderen Geräte ab.",
  "event.other-sessions-ended": "Alle anderen Geräte abgemeldet",
});
