/** Messages of the list of sessions. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("sessions", {
  title: "Sessions",
  "card.text": "See where you're logged in, and log out devices you don't recognize.",
  lead: "Don't recognize a device? Log it out and {link}.",
  changePassword: "change your password",
  thisDevice: "This device",
  ip: "IP address: {ip}",
  unknownIp: "IP address: unknown",
  lastUsed: "Last used: {when}",
  loggedIn: "Logged in: {when}",
  logOut: "Log out",
  logOutDevice: "Log out {device}, IP address {ip}",
  logOutOthers: "Log out all other devices",
  ended: "Device logged out.",
  othersEnded: "All other devices have been logged out.",
  alreadyEnded: "This session has already ended.",
  thisSession: "This is your current session. Log out to end it.",
  choose: "Choose a session to end, or end all other sessions.",
  "event.other-sessions-ended": "All other sessions ended",
});
