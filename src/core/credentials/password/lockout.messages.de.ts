/** Messages in German; see lockout.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./lockout.messages.ts";

export const translation = translate(messages, "de", {
  "email.subject": "Ihr Passwort wurde gesperrt",
  "email.intro": "Bei Ihrem Konto gab es {count} fehlgeschlagene Anmeldeversuche in Folge.",
  "email.advice": "Zum Schutz Ihres Kontos haben wir Ihr Passwort gesperrt. Setzen Sie es zurück, um sich wieder anzumelden.",
  "email.reset": "Passwort zurücksetzen",
  "email.logIn": "Anmelden",
});
