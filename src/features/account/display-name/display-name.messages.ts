/** Messages of changing a display name. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("display-name", {
  title: "Display name",
  hint: "Up to {max} characters. Leave it empty to show your username.",
  submit: "Save",
  changed: "Display name updated.",
  removed: "Display name removed. Your username is shown instead.",
  notText: "Your display name contains an invalid character. Type it again.",
  tooLong: "Enter a display name of at most {max} characters.",
  invisible: "Your display name contains an invisible character. Type it instead of pasting it.",
  empty: "Enter a display name with at least one letter, number or symbol.",
  "event.display-name-changed": "Display name changed",
});
