/** Messages in German; see email-change.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./email-change.messages.ts";

export const translation = translate(messages, "de", {
  "email.left.subject": "Ihre E-Mail-Adresse wurde geändert",
  "email.left.action": "Änderung rückgängig machen",
  "email.unverified.subject": "Ihre E-Mail-Adresse wird bei {siteName} nicht mehr verwendet",
  "email.unverified.intro":
    "Ein Konto bei {siteName} war mit dieser E-Mail-Adresse angelegt, ohne dass sie bestätigt wurde. Es verwendet jetzt eine andere Adresse.",
  "email.unverified.reason": "Sie erhalten diese E-Mail, weil ein Konto bei {siteName} bisher Ihre E-Mail-Adresse verwendet hat.",
  "email.changed.subject": "Ihr Konto verwendet jetzt diese E-Mail-Adresse",
});
