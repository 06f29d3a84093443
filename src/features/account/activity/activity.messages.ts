/** Words of activity. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("activity", {
  "card.title": "What happened",
  "card.text": "Logins, failures and changes, with the time and the device.",
});
