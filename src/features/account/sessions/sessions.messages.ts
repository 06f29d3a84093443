/** Messages of the list of sessions. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("sessions", {
  title: "Sessions",
  "card.text": "See where you're logged in, and log out devices you don't recognize.",
  badge: { plural: "count", one: "{count} session", other: "{count} sessions" },
  "check.title": { plural: "count", one: "You have {count} active session", other: "You have {count} active sessions" },
  "check.hint": "Log out any device you don't use or recognize.",
  "check.action": "Sessions",
  lead: "Don't recognize a device? Log it out and {link}.",
  leadLogOut: "Don't recognize a device? Log it out.",
  changePassword: "change your password",
  thisDevice: "This device",
  logOut: "Log out",
  logOutDevice: "Log out {device}, IP address {ip}",
  logOutOthers: "Log out all other devices",
  ended: "Device logged out.",
  othersEnded: "All other devices have been logged out.",
  alreadyEnded: "This device has already been logged out.",
  thisSession: "This is the device you're using. To log it out, use “Log out”.",
  choose: "Choose a device to log out, or log out all other devices.",
  "event.other-sessions-ended": "All other devices logged out",
});
