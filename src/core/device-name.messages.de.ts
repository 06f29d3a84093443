/** Messages in German; see device-name.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./device-name.messages.ts";

export const translation = translate(messages, "de", {
  browser: "{name}",
  browserOn: "{name} auf {system}",
  client: "API-Client ({name})",
  clientOn: "API-Client ({name}) auf {system}",
  unknown: "Unbekannter Browser",
  unknownOn: "Unbekannter Browser auf {system}",
});
