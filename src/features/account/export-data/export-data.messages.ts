/** Messages of exporting an account's data. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("export-data", {
  title: "Export your data",
  "card.text": "Download everything we store about you.",
  intro: {
    select: "passwords",
    on: "Download a file with your account, sessions, activity and pending emails. Passwords and links aren't included.",
    off: "Download a file with your account, sessions, activity and pending emails. Links aren't included.",
  },
  submit: "Download",
  "event.exported": "Data exported",
});
