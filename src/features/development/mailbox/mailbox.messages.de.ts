/** Messages in German; see mailbox.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./mailbox.messages.ts";

export const translation = translate(messages, "de", {
  title: "Posteingang",
  intro: "SMTP ist nicht eingerichtet, deshalb werden E-Mails hier angezeigt. Nur für die Entwicklung.",
  empty: "Noch keine E-Mails.",
  emptyHint: "E-Mails erscheinen hier, sobald die App eine sendet, zum Beispiel wenn sich jemand registriert.",
  list: "E-Mails",
  back: "Zurück zum Posteingang",
  recipient: "An {email}",
  sent: "An {email} · {when}",
  sentKind: "An {email} · {when} · {kind}",
  parts: "Teile der E-Mail",
  preview: "Vorschau",
  text: "Text",
  source: "Quelltext",
  previewOf: "Vorschau der E-Mail",
  justSent: "Entwicklung: Gerade wurde eine E-Mail gesendet. {link}",
  openInbox: "Posteingang öffnen.",
});
