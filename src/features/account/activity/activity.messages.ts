/** Messages of the list of audit events. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("activity", {
  title: "Activity",
  "card.text": "Review logins and changes to your account.",
  "check.title": "Last login: {when}",
  "check.elsewhere": "Last login: {when}, on another device",
  "check.device": "{device} · {ip}",
  "check.previous": "Before that: {when}",
  "check.action": "Activity",
  lead: "Don't recognize something? {link} to log out all other devices.",
  leadSessions: "Don't recognize something? {link}",
  endSessions: "Log out your other devices",
  changePassword: "Change your password",
  empty: "No more events.",
  older: "Older events",
});
