/** Messages in German; see offer.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./offer.messages.ts";

export const translation = translate(messages, "de", {
  title: "Melden Sie sich nächstes Mal schneller an",
  text: "Verwenden Sie Fingerabdruck, Gesicht oder Bildschirmsperre statt Ihres Passworts. Passkeys schützen Sie auch vor gefälschten Anmeldeseiten.",
  add: "Passkey hinzufügen",
  later: "Nicht jetzt",
});
