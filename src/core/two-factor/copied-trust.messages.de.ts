/** Messages in German; see copied-trust.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./copied-trust.messages.ts";

export const translation = translate(messages, "de", {
  "email.subject": "Ein vertrauenswürdiger Browser wurde möglicherweise kopiert",
  "email.intro":
    "Bei einer Anmeldung bei {siteName} wurde ein altes Cookie eines Browsers verwendet, dem Sie vertrauen. Das Cookie wurde möglicherweise kopiert.",
  "email.done":
    "Dieser Browser ist nicht mehr vertrauenswürdig, und alle Geräte, die seitdem ohne Ihren zweiten Faktor angemeldet wurden, sind abgemeldet.",
  "email.advice": {
    select: "passwords",
    on: "Wenn Sie eine Anmeldung unter Ihren Aktivitäten nicht wiedererkennen, ändern Sie Ihr Passwort.",
    off: "Wenn Sie eine Anmeldung unter Ihren Aktivitäten nicht wiedererkennen, wählen Sie „Das war ich nicht“.",
  },
});
