/** Messages in German; see events.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./events.messages.ts";

export const translation = translate(messages, "de", {
  "event.signed-up": "Konto erstellt",
  "event.logged-in": "Angemeldet",
  "event.login-failed": "Falsches Passwort eingegeben",
  "event.login-limited": "Anmeldung nach zu vielen Fehlversuchen vorübergehend blockiert",
  "event.login-step-due": "Anmeldung begonnen, ein weiterer Schritt nötig",
  "event.login-step-failed": "Zweiter Schritt einer Anmeldung fehlgeschlagen",
  "event.password-locked": "Passwort nach zu vielen Fehlversuchen gesperrt",
  "event.reauthenticated": "Identität bestätigt",
  "event.reauthentication-failed": "Bestätigung der Identität fehlgeschlagen",
  "event.session-migrated": "Sitzung aus der früheren Anwendung übernommen",
  "event.session-ended": "Gerät abgemeldet",
  "event.logged-out": "Abgemeldet",
  "event.email-changed": "E-Mail-Adresse geändert",
  "event.email-change-undone": "Änderung der E-Mail-Adresse rückgängig gemacht",
  "event.deletion-cancelled": "Löschung des Kontos abgebrochen",
  "event.account-imported": "Konto durch die Administration importiert",
  "event.account-created-by-admin": "Konto durch die Administration erstellt",
  "event.account-erased-by-admin": "Konto durch die Administration gelöscht",
  "event.account-disabled": "Konto durch die Administration deaktiviert",
  "event.account-enabled": "Konto durch die Administration aktiviert",
  "event.role-granted": "Rolle durch die Administration hinzugefügt",
  "event.role-revoked": "Rolle durch die Administration entfernt",
  "event.password-set-by-admin": "Passwort durch die Administration geändert",
  "event.email-verified-by-admin": "E-Mail-Adresse durch die Administration als bestätigt markiert",
  "event.session-ended-by-admin": "Gerät durch die Administration abgemeldet",
  "event.sessions-ended-by-admin": "Alle Geräte durch die Administration abgemeldet",
  "event.two-factor-reset-by-admin": "Zwei-Faktor-Authentisierung von der Administration zurückgesetzt",
  "event.database-restored": "Sicherung durch die Administration wiederhergestellt",
});
