/** Messages of access tokens. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("access-token", {
  title: "Access token",
  intro: "Get a token that identifies you to another service. It expires after five minutes. Keep it secret.",
  serviceLabel: "Service",
  serviceHint: "One of: {services}",
  button: "Get token",
  unknownService: "Enter a service from the list.",
});
