/** Messages of access tokens. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("access-token", {
  title: "Access token",
  introduction: "Get a token that tells another service for five minutes who you are. Keep this token secret.",
  serviceLabel: "Service",
  serviceHint: "One of: {services}",
  button: "Get token",
  unknownService: "Enter a service from the list.",
});
