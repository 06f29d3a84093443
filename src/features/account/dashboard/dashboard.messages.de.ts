/** Messages in German; see dashboard.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./dashboard.messages.ts";

export const translation = translate(messages, "de", {
  title: "Übersicht",
  hello: "Guten Tag, {name}",
  allDone: "Mit Ihrem Konto ist alles in Ordnung.",
  waiting: {
    plural: "count",
    one: "{count} Punkt erfordert Ihre Aufmerksamkeit.",
    other: "{count} Punkte erfordern Ihre Aufmerksamkeit.",
  },
  checkUp: "Sicherheitsprüfung",
  account: "Ihr Konto",
  username: "Benutzername",
  email: "E-Mail-Adresse",
  memberSince: "Mitglied seit",
  details: "Angaben für den Support",
  accountId: "Konto-ID:",
  manage: "In den Einstellungen ändern",
});
