/** Messages in German; see access-token.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./access-token.messages.ts";

export const translation = translate(messages, "de", {
  title: "Zugriffstoken",
  intro: "Erstellen Sie ein Token, das Sie gegenüber einem anderen Dienst ausweist. Es ist fünf Minuten gültig. Halten Sie es geheim.",
  serviceLabel: "Dienst",
  serviceHint: "Einer von: {services}",
  button: "Token erstellen",
  unknownService: "Geben Sie einen Dienst aus der Liste ein.",
});
