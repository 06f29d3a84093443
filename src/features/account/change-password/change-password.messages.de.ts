/** Messages in German; see change-password.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-password.messages.ts";

export const translation = translate(messages, "de", {
  title: "Passwort",
  "card.text": "Ändern Sie Ihr Passwort und melden Sie andere Geräte ab.",
  notSet: "Nicht festgelegt",
  notSetHint: "Wir können Ihnen per E-Mail einen Link senden, mit dem Sie eines festlegen.",
  notSetAskSite: "Bitten Sie die Betreiber von {siteName}, eines festzulegen.",
  contact: "Kontakt",
  submit: "Passwort ändern",
  forgot: "Passwort vergessen? {link}",
  forgotLink: "Per E-Mail zurücksetzen",
  missing: "Ihr Konto hat kein Passwort. Wir können Ihnen per E-Mail einen Link senden, mit dem Sie eines festlegen.",
  missingAskSite: "Ihr Konto hat kein Passwort. Bitten Sie die Betreiber von {siteName}, eines festzulegen.",
  setByEmail: "Passwort festlegen",
  changed: "Passwort geändert. Ihre anderen Geräte wurden abgemeldet.",
  same: "Das ist bereits Ihr Passwort. Wählen Sie ein anderes.",
  "event.password-changed": "Passwort geändert",
  "email.subject": "Ihr Passwort wurde geändert",
  "email.intro": "Ihr Passwort wurde geändert, und alle anderen Geräte wurden abgemeldet.",
});
