/** Messages of rows about accounts. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("account-rows", {
  from: "{device} · {ip}",
  unknownIp: "Unknown IP address",
  noEmail: "No email",
  times: "Active {lastUsed} · Logged in {loggedIn}",
});
