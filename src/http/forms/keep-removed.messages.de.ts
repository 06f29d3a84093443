/** Messages in German; see keep-removed.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./keep-removed.messages.ts";

export const translation = translate(messages, "de", {
  label: "Nichts wiederherstellen: Ich habe es selbst entfernt",
  hint: "Zum Beispiel, weil ein Gerät gestohlen wurde. Es bleibt dann endgültig entfernt, außer wenn Ihr Konto ohne es weniger sicher wäre.",
  restoredAnyway:
    "Wir haben wiederhergestellt, was Sie entfernt hatten: Ohne es könnte jeder Ihr Konto übernehmen, der Ihre E-Mails liest. Sobald Sie angemeldet sind, können Sie es wieder entfernen.",
});
