/** Messages in German; see change-password.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-password.messages.ts";

export const translation = translate(messages, "de", {
  title: "Passwort",
  "card.text": "Ändern Sie Ihr Passwort und melden Sie andere Geräte ab.",
  submit: "Passwort ändern",
  forgot: "Passwort vergessen? {link}",
  forgotLink: "Per E-Mail zurücksetzen",
  missing: "Ihr Konto hat kein Passwort. Fordern Sie eine E-Mail zum Zurücksetzen an, um eines festzulegen.",
  missingAskAdmin: "Ihr Konto hat kein Passwort. Bitten Sie die Administration, eines festzulegen.",
  setByEmail: "Passwort zurücksetzen",
  changed: "Passwort geändert. Ihre anderen Geräte wurden abgemeldet.",
  same: "Das ist bereits Ihr Passwort. Wählen Sie ein anderes.",
  "event.password-changed": "Passwort geändert",
  "email.subject": "Ihr Passwort wurde geändert",
  "email.intro": "Ihr Passwort wurde geändert, und alle anderen Geräte wurden abgemeldet.",
});
