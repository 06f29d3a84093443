/** Messages of the place of an IP address. */
import { defineMessages } from "../i18n/messages.ts";

export const messages = defineMessages("place-name", {
  cityAndCountry: "{city}, {country}",
  ipAndPlace: "{ip} ({place})",
});
