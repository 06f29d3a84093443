/** Messages in German; see place-name.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./place-name.messages.ts";

export const translation = translate(messages, "de", {
  cityAndCountry: "{city}, {country}",
  ipAndPlace: "{ip} ({place})",
});
