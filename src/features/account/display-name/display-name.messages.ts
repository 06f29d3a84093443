/** Messages of changing a display name. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("display-name", {
  changed: "Display name updated.",
  removed: "Display name removed. Your username is shown instead.",
  "event.display-name-changed": "The display name was changed",
  "card.title": "Display name",
  "card.text": "We call you {displayName}.",
});
