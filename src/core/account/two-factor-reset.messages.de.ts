/** Messages in German; see two-factor-reset.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./two-factor-reset.messages.ts";

export const translation = translate(messages, "de", {
  "email.subject": "Die Zwei-Faktor-Authentifizierung wurde zurückgesetzt",
  "email.intro":
    "Die Administration von {siteName} hat die Authenticator-Apps, Wiederherstellungscodes und vertrauenswürdigen Browser Ihres Kontos entfernt und alle Geräte abgemeldet.",
  "email.introWithPasskeys":
    "Die Administration von {siteName} hat die Passkeys, Authenticator-Apps, Wiederherstellungscodes und vertrauenswürdigen Browser Ihres Kontos entfernt und alle Geräte abgemeldet.",
  "email.why": "Angegebener Grund: {reason}",
  "email.advice":
    "Melden Sie sich an, und richten Sie die Zwei-Faktor-Authentifizierung neu ein. Wenn Sie nicht darum gebeten haben, wenden Sie sich an {siteName}.",
  "email.action": "Anmelden",
});
