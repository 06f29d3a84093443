/** Messages in German; see check-inbox.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./check-inbox.messages.ts";

export const translation = translate(messages, "de", {
  title: "Prüfen Sie Ihr Postfach",
  helpTitle: "Keine E-Mail erhalten?",
  spam: "Prüfen Sie den Spam-Ordner",
  spamHint: "Es kann ein oder zwei Minuten dauern, bis E-Mails ankommen.",
  again: "Weitere E-Mail anfordern",
  againButton: "Erneut senden",
  limitMinutes: {
    plural: "count",
    one: "Höchstzahl pro Postfach: {emails} in {count} Minute.",
    other: "Höchstzahl pro Postfach: {emails} in {count} Minuten.",
  },
  limitHours: {
    plural: "count",
    one: "Höchstzahl pro Postfach: {emails} in {count} Stunde.",
    other: "Höchstzahl pro Postfach: {emails} in {count} Stunden.",
  },
  limitDays: {
    plural: "count",
    one: "Höchstzahl pro Postfach: {emails} in {count} Tag.",
    other: "Höchstzahl pro Postfach: {emails} in {count} Tagen.",
  },
  wrongEmail: "Falsche E-Mail-Adresse?",
  wrongEmailHint: "Korrigieren Sie sie, um eine neue E-Mail zu erhalten.",
  correct: "E-Mail-Adresse korrigieren",
});
