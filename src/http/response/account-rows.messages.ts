/** Messages of rows about accounts. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("account-rows", {
  "logged-in": "Logged in with {provider}",
  "role-granted": "Role added by {provider}",
  "role-revoked": "Role removed by {provider}",
  withProvider: "{event} ({provider})",
  from: "{device} · {ip}",
  unknownIp: "Unknown IP address",
  noEmail: "No email",
  times: "Active {lastUsed} · Logged in {loggedIn}",
});
