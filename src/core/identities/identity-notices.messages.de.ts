/** Messages in German; see identity-notices.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./identity-notices.messages.ts";

export const translation = translate(messages, "de", {
  "linked.subject": "Ihrem Konto wurde ein neuer Weg zur Anmeldung hinzugefügt",
  "linked.intro": "Mit {provider} ({email}) ist jetzt die Anmeldung bei Ihrem Konto bei {siteName} möglich.",
  "unlinked.subject": "Ein Weg zur Anmeldung wurde aus Ihrem Konto entfernt",
  "unlinked.intro": "Mit {provider} ({email}) ist keine Anmeldung bei Ihrem Konto bei {siteName} mehr möglich.",
  "confirmed.subject": "Ein Weg zur Anmeldung bei Ihrem Konto wurde bestätigt",
  "confirmed.intro":
    "Mit {provider} ({email}) ist die Anmeldung bei Ihrem Konto bei {siteName} jetzt ohne zweiten Faktor hier möglich, wenn {provider} einen geprüft hat.",
  noEmail: "keine E-Mail-Adresse angegeben",
  unconfirmed: "{email}, von {provider} nicht bestätigt",
});
