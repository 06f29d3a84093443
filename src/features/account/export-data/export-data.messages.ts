/** Words of export-data. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("export-data", {
  "event.exported": "A copy of all data was taken",
  "card.title": "Take your data",
  "card.text": "Everything that is kept about you, as one file.",
});
