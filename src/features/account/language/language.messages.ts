/** Messages of choosing a language. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("language", {
  title: "Language",
  intro: "Choose the language of this site.",
  hint: "For pages, and for the emails we send you.",
  submit: "Save",
  changed: "Language updated.",
  choose: "Choose a language from the list.",
  "event.language-changed": "Language changed",
});
