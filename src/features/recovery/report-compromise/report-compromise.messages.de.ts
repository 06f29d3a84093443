/** Messages in German; see report-compromise.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./report-compromise.messages.ts";

export const translation = translate(messages, "de", {
  emailed: {
    select: "locked",
    password:
      "Alle Geräte wurden abgemeldet, und Ihr Passwort ist gesperrt. Wir haben Ihnen per E-Mail einen Link gesendet, mit dem Sie ein neues wählen.",
    account:
      "Alle Geräte wurden abgemeldet, und Ihr Konto ist gesperrt. Wir haben Ihnen per E-Mail einen Link gesendet, mit dem Sie ein Passwort wählen.",
  },
  askForReset: {
    select: "locked",
    password:
      "Alle Geräte wurden abgemeldet, und Ihr Passwort ist gesperrt. Wählen Sie unter „Passwort vergessen?“ mit der aktuellen E-Mail-Adresse Ihres Kontos ein neues.",
    account:
      "Alle Geräte wurden abgemeldet, und Ihr Konto ist gesperrt. Wählen Sie unter „Passwort vergessen?“ mit der aktuellen E-Mail-Adresse Ihres Kontos ein Passwort.",
    withoutReset:
      "Alle Geräte wurden abgemeldet, und Ihr Konto ist gesperrt. Zum Entsperren wählen Sie „Das war ich nicht“ in einer E-Mail an die aktuelle Adresse Ihres Kontos.",
  },
  "event.compromise-reported": "Konto als gefährdet gemeldet",
  "email.link": "Das war ich nicht",
  title: "Waren Sie das nicht?",
  intro: "Jemand anderes könnte Zugriff auf Ihr Konto haben. Wenn Sie fortfahren, passiert Folgendes:",
  endSessions: "Alle Geräte werden abgemeldet, auch Ihre.",
  lockPassword: "Ihr aktuelles Passwort wird gesperrt.",
  takeBack: "Anmeldemöglichkeiten und zweite Faktoren, die in den letzten 72 Stunden hinzugefügt wurden, werden entfernt.",
  restore: {
    select: "providers",
    on: "Zweite Faktoren und verknüpfte Anmeldungen, die in den letzten 72 Stunden entfernt wurden, werden wiederhergestellt.",
    off: "Zweite Faktoren, die in den letzten 72 Stunden entfernt wurden, werden wiederhergestellt.",
  },
  revertEmail: "Ihre vorherige E-Mail-Adresse wird wiederhergestellt, falls sie in den letzten 72 Stunden geändert wurde.",
  sendReset: "Sie erhalten per E-Mail einen Link, mit dem Sie ein neues Passwort wählen.",
  button: "Das war ich nicht: Konto schützen",
  close: "Wenn Sie es waren, schließen Sie diese Seite. Es wurde nichts geändert.",
  deadIntro: {
    select: "resets",
    on: "Diese Links sind 72 Stunden gültig und können einmal verwendet werden. Wenn jemand anderes Zugriff auf Ihr Konto haben könnte, setzen Sie Ihr Passwort zurück, um alle Geräte abzumelden.",
    off: "Diese Links sind 72 Stunden gültig und können einmal verwendet werden. Wenn jemand anderes Zugriff auf Ihr Konto haben könnte, melden Sie Ihre anderen Geräte in den Einstellungen ab.",
  },
  deadProblem: {
    select: "resets",
    on: "Dieser Link ist abgelaufen oder wurde bereits verwendet. Setzen Sie Ihr Passwort zurück, um alle Geräte abzumelden.",
    off: "Dieser Link ist abgelaufen oder wurde bereits verwendet.",
  },
  deadReset: "Passwort zurücksetzen",
  emailedUnlock:
    "Alle Geräte wurden abgemeldet, und Ihr Konto ist gesperrt. Wir haben Ihnen per E-Mail einen Link gesendet, mit dem Sie es entsperren.",
  unlocked: "Ihr Konto ist entsperrt. Melden Sie sich an, und entfernen Sie in den Einstellungen, was nicht von Ihnen stammt.",
  sendUnlock: "Sie erhalten per E-Mail einen Link, mit dem Sie fortfahren.",
  unlockTitle: "Konto entsperren",
  unlockIntro:
    "Bis Sie Ihr Konto entsperren, kann sich niemand anmelden. Anmeldemöglichkeiten, die kürzlich hinzugefügt wurden, sind entfernt.",
  unlockButton: "Mein Konto entsperren",
  "event.account-unlocked": "Konto entsperrt",
  "email.unlock.subject": "Entsperren Sie Ihr Konto bei {siteName}",
  "email.unlock.intro":
    "Sie haben gemeldet, dass jemand anderes Zugriff auf Ihr Konto bei {siteName} haben könnte. Alle Geräte wurden abgemeldet, und niemand kann sich anmelden, bis Sie es entsperren.",
  "email.unlock.action": "Konto entsperren",
  "email.unlock.expiry": "Dieser Link ist 72 Stunden gültig und kann einmal verwendet werden.",
});
