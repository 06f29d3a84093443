/** Messages in German; see mailbox.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./mailbox.messages.ts";

export const translation = translate(messages, "de", {
  title: "Posteingang",
  intro: "SMTP ist nicht eingerichtet, deshalb werden E-Mails hier angezeigt. Nur für die Entwicklung.",
  empty: "Noch keine E-Mails.",
  sent: "An {email} · {when}",
});
