/** Messages in German; see reset-password.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./reset-password.messages.ts";

export const translation = translate(messages, "de", {
  changed: "Passwort geändert. Sie wurden überall abgemeldet. Melden Sie sich mit Ihrem neuen Passwort an.",
  "event.password-reset-requested": "Zurücksetzen des Passworts angefordert",
  "event.password-reset": "Passwort zurückgesetzt",
  "event.unproven-factors-removed":
    "Frühere Anmeldemöglichkeiten und zweite Faktoren entfernt: Die E-Mail-Adresse wurde zum ersten Mal bestätigt",
  "option.link": "Passwort vergessen?",
  askTitle: "Passwort vergessen?",
  askIntro: {
    select: "loginWith",
    email: "Geben Sie Ihre E-Mail-Adresse ein. Wir senden Ihnen einen Link, mit dem Sie Ihr Passwort zurücksetzen.",
    username:
      "Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir senden Ihnen einen Link, der Ihren Benutzernamen zeigt und mit dem Sie Ihr Passwort zurücksetzen.",
    both: "Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir senden Ihnen einen Link, der Ihren Benutzernamen zeigt und mit dem Sie Ihr Passwort zurücksetzen.",
  },
  askButton: "Link senden",
  backToLogin: "Zurück zur Anmeldung",
  sent: "Wenn es zu {email} ein Konto gibt, haben wir einen Link zum Zurücksetzen dorthin gesendet. Er ist 30 Minuten gültig.",
  sentNowhere:
    "Wenn Sie einen Link zum Zurücksetzen angefordert haben, finden Sie ihn im Postfach der E-Mail-Adresse Ihres Kontos. Er ist ab der Anforderung 30 Minuten gültig.",
  askAgain: "Neuen Link anfordern",
  chooseTitle: {
    select: "has",
    password: "Neues Passwort wählen",
    none: "Passwort wählen",
  },
  chooseFor: {
    select: "loginWith",
    email: "Damit ändern Sie das Passwort von {email} und melden alle Geräte ab.",
    username: "Damit ändern Sie das Passwort von {username} ({email}) und melden alle Geräte ab.",
    both: "Damit ändern Sie das Passwort von {username} ({email}) und melden alle Geräte ab.",
  },
  setFor: {
    select: "loginWith",
    email: "Damit legen Sie ein Passwort für {email} fest und melden alle Geräte ab.",
    username: "Damit legen Sie ein Passwort für {username} ({email}) fest und melden alle Geräte ab.",
    both: "Damit legen Sie ein Passwort für {username} ({email}) fest und melden alle Geräte ab.",
  },
  chooseButton: {
    select: "has",
    password: "Passwort ändern",
    none: "Passwort festlegen",
  },
  recoveryCode: "Wiederherstellungscode",
  recoveryCodeHint:
    "Sie melden sich ohne Passwort an, deshalb reicht der Link allein nicht aus. Geben Sie einen Ihrer Wiederherstellungscodes ein.",
  enterRecoveryCode: "Geben Sie einen Ihrer Wiederherstellungscodes ein.",
  wrongRecoveryCode: "Dieser Wiederherstellungscode ist falsch oder wurde bereits verwendet.",
  deadIntro: "Links zum Zurücksetzen sind 30 Minuten gültig und können einmal verwendet werden. Nur der neueste Link funktioniert.",
  deadProblem: "Dieser Link ist abgelaufen oder wurde bereits verwendet. Fordern Sie einen neuen an.",
  deadAgain: "Neuen Link anfordern",
  deadLogIn: "Anmelden",
  "email.reset.subject": {
    select: "has",
    password: "Setzen Sie Ihr Passwort für {siteName} zurück",
    none: "Legen Sie ein Passwort für {siteName} fest",
  },
  "email.reset.intro": {
    select: "has",
    password: "Wir haben eine Anfrage erhalten, das Passwort Ihres Kontos bei {siteName} zurückzusetzen.",
    none: "Wir haben eine Anfrage erhalten, ein Passwort für Ihr Konto bei {siteName} festzulegen. Bisher hat es keines.",
  },
  "email.reset.introReported": {
    select: "has",
    password: "Sie haben gemeldet, dass jemand anderes Zugriff auf Ihr Konto bei {siteName} haben könnte. Wählen Sie ein neues Passwort.",
    none: "Sie haben gemeldet, dass jemand anderes Zugriff auf Ihr Konto bei {siteName} haben könnte. Legen Sie ein Passwort fest.",
  },
  "email.reset.action": {
    select: "has",
    password: "Passwort zurücksetzen",
    none: "Passwort festlegen",
  },
  "email.reset.expiry": "Dieser Link ist 30 Minuten gültig und kann einmal verwendet werden.",
  "email.reset.expiryLocked": {
    select: "locked",
    password:
      "Dieser Link ist 30 Minuten gültig und kann einmal verwendet werden. Ihr aktuelles Passwort bleibt gesperrt, bis Sie ein neues wählen.",
    account: "Dieser Link ist 30 Minuten gültig und kann einmal verwendet werden. Ihr Konto bleibt gesperrt, bis Sie ein Passwort wählen.",
  },
  "email.reset.reason": {
    select: "has",
    password:
      "Sie erhalten diese E-Mail, weil jemand das Passwort Ihres Kontos bei {siteName} zurücksetzen wollte. Wenn Sie das nicht waren, können Sie sie ignorieren.",
    none: "Sie erhalten diese E-Mail, weil jemand ein Passwort für Ihr Konto bei {siteName} festlegen wollte. Wenn Sie das nicht waren, können Sie sie ignorieren.",
  },
  "email.reset.reasonLocked": {
    select: "has",
    password: "Sie erhalten diese E-Mail, weil jemand das Passwort Ihres Kontos bei {siteName} zurücksetzen wollte.",
    none: "Sie erhalten diese E-Mail, weil jemand ein Passwort für Ihr Konto bei {siteName} festlegen wollte.",
  },
  "email.reset.reasonReported": "Sie erhalten diese E-Mail, weil für Ihr Konto bei {siteName} „Das war ich nicht“ verwendet wurde.",
  "email.changed.subject": "Ihr Passwort wurde geändert",
  "email.changed.intro":
    "Das Passwort Ihres Kontos bei {siteName} wurde mit einem Link zurückgesetzt, den wir Ihnen gesendet haben. Alle Geräte wurden abgemeldet.",
  "email.changed.removed":
    "Damit wurde auch Ihre E-Mail-Adresse zum ersten Mal bestätigt. Andere frühere Anmeldemöglichkeiten und zweite Faktoren wurden entfernt, weil sie von jemand anderem stammen könnten.",
});
