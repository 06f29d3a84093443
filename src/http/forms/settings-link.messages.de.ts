/** Messages in German; see settings-link.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./settings-link.messages.ts";

export const translation = translate(messages, "de", {
  back: "Zurück zu den Einstellungen",
  goBack: "Zurück",
});
