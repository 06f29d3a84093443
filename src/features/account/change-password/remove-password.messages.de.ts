/** Messages in German; see remove-password.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./remove-password.messages.ts";

export const translation = translate(messages, "de", {
  title: "Passwort entfernen",
  offer: "Möchten Sie sich ohne Passwort anmelden? {link}",
  offerLink: "Passwort entfernen",
  intro: "Zum Anmelden brauchen Sie dann kein Passwort mehr.",
  held: {
    plural: "held",
    one: "Sie melden sich mit Ihrem Passkey an.",
    other: "Sie melden sich mit einem Ihrer {held} Passkeys an.",
  },
  inbox: "Sie können sich auch mit einem Code anmelden, den wir Ihnen per E-Mail senden.",
  forgot: "„Passwort vergessen?“ funktioniert für Ihr Konto nicht mehr.",
  forgotWithCodes:
    "Wenn Sie Ihre Geräte verlieren, kommen Sie mit „Passwort vergessen?“ und einem Ihrer Wiederherstellungscodes in Ihr Konto. Bewahren Sie diese sicher auf.",
  devices: "Ihre anderen Geräte werden abgemeldet.",
  back: "Sie können in den Einstellungen wieder ein Passwort festlegen, mit einem Link, den wir Ihnen per E-Mail senden.",
  button: "Passwort entfernen",
  notYet: {
    select: "codes",
    on: "Um sich ohne Passwort anzumelden, brauchen Sie zwei andere Wege: zwei Passkeys oder einen Passkey und Wiederherstellungscodes. Wenn Sie einen verlieren, hilft der andere.",
    off: "Um sich ohne Passwort anzumelden, brauchen Sie zwei andere Wege, zum Beispiel zwei Passkeys. Wenn Sie einen verlieren, hilft der andere.",
  },
  notYetWithInbox:
    "Um sich ohne Passwort anzumelden, fügen Sie zuerst einen Passkey hinzu. Sie melden sich dann mit ihm oder mit einem Code per E-Mail an.",
  addPasskey: "Passkey hinzufügen",
  keep: "Passwort behalten",
  backToPassword: "Zurück zum Passwort",
  removed: "Passwort entfernt. Ihre anderen Geräte wurden abgemeldet.",
  gone: "Ihr Konto hat kein Passwort.",
  setIntro: "Ihr Konto hat kein Passwort. Wir können Ihnen per E-Mail einen Link senden, mit dem Sie eines festlegen.",
  setButton: "Link zum Festlegen eines Passworts senden",
  setSent: "Wir haben Ihnen per E-Mail einen Link gesendet, mit dem Sie ein Passwort festlegen. Er ist 30 Minuten gültig.",
  "event.password-removed": "Passwort entfernt",
  "event.password-wanted": "Link zum Festlegen eines Passworts angefordert",
  "email.subject": "Ihr Passwort wurde entfernt",
  "email.intro":
    "Das Passwort Ihres Kontos bei {siteName} wurde entfernt, und alle anderen Geräte wurden abgemeldet. Sie melden sich jetzt ohne Passwort an.",
});
