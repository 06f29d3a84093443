/** Messages of the list of audit events. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("activity", {
  title: "Activity",
  "card.text": "Review logins and changes to your account.",
  lead: "Don't recognize something? {link} to log out all other devices.",
  changePassword: "Change your password",
  details: "{when} · {device} · IP address: {ip}",
  empty: "No more events.",
  older: "Older events",
});
