/** Messages that name a device. */
import { defineMessages } from "../i18n/messages.ts";

export const messages = defineMessages("device-name", {
  browser: "{name}",
  browserOn: "{name} on {system}",
  client: "API client ({name})",
  clientOn: "API client ({name}) on {system}",
  unknown: "Unknown browser",
  unknownOn: "Unknown browser on {system}",
});
