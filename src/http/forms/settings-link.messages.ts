/** Messages of the link to the settings. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("settings-link", {
  back: "Back to Settings",
  goBack: "Back",
});
