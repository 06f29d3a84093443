/** Messages of the choice whether a report restores what was removed. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("keep-removed", {
  label: "I removed these myself. Don't restore them",
  hint: "For example, because a device was stolen. They then stay removed for good.",
});
