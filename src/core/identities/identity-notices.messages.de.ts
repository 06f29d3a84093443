/** Messages in German; see identity-notices.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./identity-notices.messages.ts";

export const translation = translate(messages, "de", {
  "linked.subject": "Ihrem Konto wurde eine Anmeldemöglichkeit hinzugefügt",
  "linked.intro": "Sie können sich jetzt mit {provider} ({email}) bei {siteName} anmelden.",
  "unlinked.subject": "Eine Anmeldemöglichkeit wurde aus Ihrem Konto entfernt",
  "unlinked.intro": "Sie können sich nicht mehr mit {provider} ({email}) bei {siteName} anmelden.",
  "confirmed.subject": "Eine Anmeldemöglichkeit für Ihr Konto wurde bestätigt",
  "confirmed.intro":
    "Sie können sich jetzt mit {provider} ({email}) ohne weiteren zweiten Faktor bei {siteName} anmelden, wenn {provider} einen geprüft hat.",
  noEmail: "keine E-Mail-Adresse angegeben",
  unconfirmed: "{email}, von {provider} nicht bestätigt",
});
