/** Messages in German; see change-email.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-email.messages.ts";

export const translation = translate(messages, "de", {
  title: "E-Mail-Adresse",
  "badge.verified": "Bestätigt",
  "badge.unverified": "Nicht bestätigt",
  "action.verify": "Bestätigen",
  pending: "{email} ist noch nicht bestätigt. {enterCode} oder {cancel}. Eine neue Anforderung ersetzt diese.",
  pendingEnterCode: "Geben Sie den Code ein",
  pendingCancel: "brechen Sie die Änderung ab",
  current: "Ihre E-Mail-Adresse ist {email}. Sie ändert sich erst, wenn Sie die neue bestätigt haben.",
  newEmail: "Neue E-Mail-Adresse",
  send: "Bestätigungscode senden",
  sent: "Geben Sie den 6-stelligen Code ein, den wir an {email} gesendet haben. Bis dahin ändert sich Ihre E-Mail-Adresse nicht.",
  change: "E-Mail-Adresse ändern",
  sentAgain: "Wir haben einen neuen Code gesendet.",
  verify: "Neue E-Mail-Adresse bestätigen",
  verifyText: {
    select: "loginWith",
    email: "Ab jetzt melden Sie sich mit {email} an. Ihre anderen Geräte werden abgemeldet.",
    username: "Ihre E-Mail-Adresse wird in {email} geändert. Ihre anderen Geräte werden abgemeldet.",
    both: "Ab jetzt können Sie sich mit {email} anmelden. Ihre anderen Geräte werden abgemeldet.",
  },
  cancel: "Änderung abbrechen",
  cancelText: "Der Code und der Link, die wir an {email} gesendet haben, werden ungültig.",
  nothingPending: "Keine offene Änderung der E-Mail-Adresse",
  nothingText: "Die Änderung ist vielleicht schon abgeschlossen, oder die Anforderung ist abgelaufen.",
  changeAgain: "E-Mail-Adresse ändern",
  changed: "E-Mail-Adresse geändert. Ihre anderen Geräte wurden abgemeldet.",
  cancelled: "Änderung der E-Mail-Adresse abgebrochen.",
  enterEmail: "Geben Sie Ihre neue E-Mail-Adresse ein.",
  same: "Das ist bereits Ihre E-Mail-Adresse. Geben Sie eine andere ein.",
  deadLink: "Dieser Link ist abgelaufen, wurde bereits verwendet oder gehört zu einem anderen Konto. Fordern Sie einen neuen an.",
  taken: "Diese E-Mail-Adresse gehört inzwischen zu einem anderen Konto. Ihre wurde deshalb nicht geändert.",
  "event.email-change-requested": "Änderung der E-Mail-Adresse angefordert",
  "event.email-change-withdrawn": "Änderung der E-Mail-Adresse abgebrochen",
});
