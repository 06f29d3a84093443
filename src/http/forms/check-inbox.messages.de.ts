/** Messages in German; see check-inbox.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./check-inbox.messages.ts";

export const translation = translate(messages, "de", {
  title: "Prüfen Sie Ihr Postfach",
  helpTitle: "Keine E-Mail erhalten?",
  spam: "Prüfen Sie den Spam-Ordner",
  spamHint: "Es kann ein oder zwei Minuten dauern, bis E-Mails ankommen.",
  again: "E-Mail noch einmal senden",
  againButton: "Erneut senden",
  emails: {
    plural: "count",
    one: "{count} E-Mail",
    other: "{count} E-Mails",
  },
  limitMinutes: {
    plural: "count",
    one: "Höchstens {emails} pro Minute.",
    other: "Höchstens {emails} in {count} Minuten.",
  },
  limitHours: {
    plural: "count",
    one: "Höchstens {emails} pro Stunde.",
    other: "Höchstens {emails} in {count} Stunden.",
  },
  limitDays: {
    plural: "count",
    one: "Höchstens {emails} pro Tag.",
    other: "Höchstens {emails} in {count} Tagen.",
  },
  wrongEmail: "Falsche E-Mail-Adresse?",
  wrongEmailHint: {
    select: "sends",
    code: "Wir senden Ihnen einen neuen Code.",
    link: "Wir senden Ihnen einen neuen Link.",
  },
  correct: "Ändern",
});
