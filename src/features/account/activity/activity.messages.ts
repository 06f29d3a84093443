/** Messages of the list of audit events. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("activity", {
  title: "Activity",
  "card.text": "Review logins and changes to your account.",
  "check.title": "Last login: {when}",
  "check.device": "{device} · IP address: {ip}",
  "check.previous": "Before that: {when}",
  "check.action": "Review",
  lead: "Don't recognize something? {link} to log out all other devices.",
  changePassword: "Change your password",
  details: "{when} · {device} · IP address: {ip}",
  empty: "No more events.",
  older: "Older events",
});
