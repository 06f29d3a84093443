/** Messages of trusted browsers. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("trusted-devices", {
  title: "Trusted browsers",
  intro: "You don't need your second factor to log in with these browsers.",
  none: "No trusted browsers. When you log in with your second factor, you can choose to trust the browser.",
  times: "Last used {used} · Trusted until {until}",
  unknownIp: "Unknown IP address",
  end: "Stop trusting",
  endDevice: "Stop trusting {device}, IP address {ip}",
  endAll: "Stop trusting all browsers",
  ended: "Browser no longer trusted.",
  allEnded: "All trusted browsers removed.",
  alreadyEnded: "This browser is no longer trusted.",
  choose: "Choose a browser, or stop trusting all browsers.",
  trust: { plural: "count", one: "Trust this browser for {count} day", other: "Trust this browser for {count} days" },
  trustHours: { plural: "count", one: "Trust this browser for {count} hour", other: "Trust this browser for {count} hours" },
  trustHint: "You won't need your second factor here. Don't choose this on a shared computer.",
});
