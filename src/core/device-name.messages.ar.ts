/** Messages in Arabic; see device-name.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./device-name.messages.ts";

export const translation = translate(messages, "ar", {
  browser: "{name}",
  browserOn: "{name} على {system}",
  client: "عميل واجهة برمجية ({name})",
  clientOn: "عميل واجهة برمجية ({name}) على {system}",
  unknown: "متصفح غير معروف",
  unknownOn: "متصفح غير معروف على {system}",
});
