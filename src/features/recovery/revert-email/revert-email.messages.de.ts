/** Messages in German; see revert-email.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./revert-email.messages.ts";

export const translation = translate(messages, "de", {
  reverted: {
    select: "passwords",
    on: "Änderung der E-Mail-Adresse rückgängig gemacht. Alle Geräte wurden abgemeldet. Wenn jemand anderes die Adresse geändert hat, kennt diese Person vielleicht Ihr Passwort. Wählen Sie jetzt ein neues.",
    off: "Änderung der E-Mail-Adresse rückgängig gemacht. Alle Geräte wurden abgemeldet. Wenn jemand anderes die Adresse geändert hat, melden Sie sich an und entfernen Sie Anmeldemöglichkeiten, die nicht von Ihnen stammen.",
  },
  title: "Änderung der E-Mail-Adresse rückgängig machen",
  intro: "Ihr Konto verwendet dann wieder {email}, und alle Geräte werden abgemeldet.",
  unverifiedErased: "Wenn mit dieser E-Mail-Adresse ein anderes Konto erstellt und nie bestätigt wurde, wird es gelöscht.",
  button: "Änderung rückgängig machen",
  taken:
    "Diese E-Mail-Adresse gehört inzwischen zu einem anderen Konto. Wenn Sie die Änderung nicht vorgenommen haben, wählen Sie in derselben E-Mail „Das war ich nicht“.",
  deadIntro: {
    select: "resets",
    on: "Diese Links sind 72 Stunden gültig und können einmal verwendet werden. Sie können Ihr Passwort weiterhin mit der aktuellen E-Mail-Adresse Ihres Kontos zurücksetzen.",
    off: "Diese Links sind 72 Stunden gültig und können einmal verwendet werden.",
  },
  deadProblem: {
    select: "resets",
    on: "Dieser Link ist abgelaufen oder wurde bereits verwendet. Sie können Ihr Passwort weiterhin mit der aktuellen E-Mail-Adresse Ihres Kontos zurücksetzen.",
    off: "Dieser Link ist abgelaufen oder wurde bereits verwendet.",
  },
  deadLogIn: "Anmelden",
  deadReset: "Passwort zurücksetzen",
  "email.restored.subject": "Ihre vorherige E-Mail-Adresse gilt wieder",
  "email.restored.intro": {
    select: "loginWith",
    email:
      "Ihr Konto bei {siteName} verwendet wieder diese E-Mail-Adresse, und alle Geräte wurden abgemeldet. Melden Sie sich mit dieser E-Mail-Adresse an.",
    username:
      "Ihr Konto bei {siteName} verwendet wieder diese E-Mail-Adresse, und alle Geräte wurden abgemeldet. Melden Sie sich mit Ihrem Benutzernamen an.",
    both: "Ihr Konto bei {siteName} verwendet wieder diese E-Mail-Adresse, und alle Geräte wurden abgemeldet. Melden Sie sich mit dieser E-Mail-Adresse oder mit Ihrem Benutzernamen an.",
  },
  "email.restored.advice": {
    select: "resets",
    on: "Wenn jemand anderes die Adresse geändert hat, kennt diese Person vielleicht Ihr Passwort. Wählen Sie auf der Anmeldeseite unter „Passwort vergessen?“ ein neues.",
    off: "Wenn jemand anderes die Adresse geändert hat, melden Sie sich an und entfernen Sie Anmeldemöglichkeiten, die nicht von Ihnen stammen.",
  },
  "email.takenBack.subject": "Diese E-Mail-Adresse wurde aus Ihrem Konto entfernt",
  "email.takenBack.intro":
    "Die Änderung auf diese E-Mail-Adresse wurde von Ihrem vorherigen Postfach aus rückgängig gemacht. Ihr Konto bei {siteName} verwendet wieder Ihre vorherige Adresse.",
  "email.takenBack.reason": "Sie erhalten diese E-Mail, weil ein Konto bei {siteName} bisher Ihre E-Mail-Adresse verwendet hat.",
  "email.takenBack.advice": "Wenn Sie auf dieses Postfach nicht mehr zugreifen können, wenden Sie sich an den Support von {siteName}.",
});
