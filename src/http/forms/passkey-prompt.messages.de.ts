/** Messages in German; see passkey-prompt.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./passkey-prompt.messages.ts";

export const translation = translate(messages, "de", {
  missing: "Passkeys benötigen JavaScript und einen Browser, der sie unterstützt.",
  alreadyThere:
    "Dieses Gerät hat bereits einen Passkey für Ihr Konto. Verwenden Sie diesen oder machen Sie auf einem anderen Gerät weiter.",
  wrongAddress:
    "Unter dieser Adresse funktionieren Passkeys nicht. Öffnen Sie die Website unter ihrer üblichen Adresse und versuchen Sie es erneut.",
  notSupported: "Dieses Gerät kann keine Passkeys verwenden. Richten Sie eine Bildschirmsperre ein oder verwenden Sie ein anderes Gerät.",
  notUsed: {
    select: "place",
    login: "Es wurde kein Passkey verwendet. Versuchen Sie es erneut oder melden Sie sich auf andere Weise an.",
    alone: "Es wurde kein Passkey verwendet. Versuchen Sie es erneut oder verwenden Sie das Gerät, auf dem Ihr Passkey ist.",
    confirmation: "Es wurde kein Passkey verwendet. Versuchen Sie es erneut oder wählen Sie einen anderen Weg.",
  },
  notCreated: "Es wurde kein Passkey erstellt. Versuchen Sie es erneut oder verwenden Sie ein anderes Gerät.",
  failed: "Ihr Gerät konnte den Vorgang nicht abschließen. Versuchen Sie es erneut oder verwenden Sie ein anderes Gerät.",
  unreachable: "Die Website ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.",
});
