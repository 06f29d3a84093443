/** Messages of exporting an account's data. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("export-data", {
  title: "Export your data",
  "card.text": "Download everything we store about you.",
  intro: "Get one file with your account, sessions, activity and pending emails. Passwords and links are not included.",
  submit: "Download",
  "event.exported": "Data exported",
});
