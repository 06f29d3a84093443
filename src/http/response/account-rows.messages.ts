/** Messages of the rows of events and sessions. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("account-rows", {
  from: "{device} · {ip}",
  unknownIp: "Unknown IP address",
  times: "Active {lastUsed} · Logged in {loggedIn}",
});
