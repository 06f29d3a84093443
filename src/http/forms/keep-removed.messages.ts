/** Messages of the choice whether a report restores what was removed. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("keep-removed", {
  label: "I removed these myself. Don't restore them",
  hint: "For example, the passkey of a stolen laptop. They then stay removed for good.",
});
