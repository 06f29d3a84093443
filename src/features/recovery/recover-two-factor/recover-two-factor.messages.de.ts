/** Messages in German; see recover-two-factor.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./recover-two-factor.messages.ts";

export const translation = translate(messages, "de", {
  title: "Zweiter Schritt nicht möglich?",
  intro: "So melden Sie sich ohne ihn an:",
  code: "Wiederherstellungscode verwenden",
  codeHint: "Einer der Codes, die Sie beim Einrichten der Zwei-Faktor-Authentifizierung gespeichert haben.",
  codeAction: "Code eingeben",
  admin: "Die Betreiber von {siteName} fragen",
  adminHint: "Sie prüfen, wer Sie sind, und setzen die Zwei-Faktor-Authentifizierung zurück.",
  adminAction: "Kontakt",
  email: "Per E-Mail wiederherstellen",
  emailHint: {
    plural: "days",
    one: "Wir senden Ihnen einen Link zum Starten. {days} Tag später deaktivieren Sie mit einem zweiten Link die Zwei-Faktor-Authentifizierung. Jede Anmeldung mit dem zweiten Schritt oder in einem vertrauenswürdigen Browser bricht das ab.",
    other:
      "Wir senden Ihnen einen Link zum Starten. {days} Tage später deaktivieren Sie mit einem zweiten Link die Zwei-Faktor-Authentifizierung. Jede Anmeldung mit dem zweiten Schritt oder in einem vertrauenswürdigen Browser bricht das ab.",
  },
  passwordHint: "Melden Sie sich zuerst mit Ihrem Passwort an. Ein Code und ein Link per E-Mail kämen beide aus Ihrem Posteingang.",
  passwordAction: "Anmelden",
  inboxHint:
    "Sie haben Ihr Passwort mit einem Link aus einer E-Mail festgelegt. Den zweiten Schritt können Sie deshalb nicht auch noch per E-Mail deaktivieren.",
  emailAction: "Link senden",
  waiting: "Ihre Wiederherstellung hat begonnen. Am {date} senden wir Ihnen den zweiten Link.",
  linkSent:
    "Wir haben Ihnen den zweiten Link gesendet. Er ist bis zum {date} gültig. Wenn Sie ihn nicht finden, beginnen Sie mit einem neuen Link von vorn.",
  back: "Zurück",
  again: "Melden Sie sich erneut an, um fortzufahren.",
  sent: "Wir haben Ihnen per E-Mail einen Link gesendet, mit dem Sie die Wiederherstellung starten. Er ist 1 Stunde gültig.",
  startTitle: "Konto wiederherstellen",
  startIntro: {
    plural: "days",
    one: "Nach {days} Tag können Sie die Zwei-Faktor-Authentifizierung mit einem zweiten Link deaktivieren, den wir Ihnen dann senden.",
    other: "Nach {days} Tagen können Sie die Zwei-Faktor-Authentifizierung mit einem zweiten Link deaktivieren, den wir Ihnen dann senden.",
  },
  startNotices:
    "Bis dahin erhalten Sie jeden Tag eine E-Mail. Jede Anmeldung mit dem zweiten Schritt oder in einem vertrauenswürdigen Browser bricht die Wiederherstellung ab.",
  startButton: "Wiederherstellung starten",
  started: "Wiederherstellung gestartet. Am {date} senden wir Ihnen einen Link.",
  finishTitle: "Zwei-Faktor-Authentifizierung deaktivieren",
  finishIntro:
    "Damit entfernen Sie Ihre Authenticator-Apps, Wiederherstellungscodes und vertrauenswürdigen Browser und melden alle Geräte ab. Melden Sie sich danach mit Ihrem Passwort an, und richten Sie die Zwei-Faktor-Authentifizierung neu ein.",
  finishButton: "Zwei-Faktor-Authentifizierung deaktivieren",
  finished:
    "Die Zwei-Faktor-Authentifizierung ist deaktiviert. Melden Sie sich mit Ihrem Passwort an, und richten Sie sie in den Einstellungen neu ein.",
  deadIntro:
    "Der Link ist abgelaufen oder wurde bereits verwendet, oder die Wiederherstellung wurde abgebrochen. Melden Sie sich mit Ihrem Passwort an, um neu zu beginnen.",
  deadProblem: "Dieser Link ist abgelaufen oder wurde bereits verwendet, oder die Wiederherstellung wurde abgebrochen.",
  logIn: "Anmelden",
  "check.title": "Jemand möchte die Zwei-Faktor-Authentifizierung deaktivieren",
  "check.hint": "Ab dem {date} ist das möglich. Wenn Sie das nicht waren, brechen Sie den Vorgang ab und ändern Sie Ihr Passwort.",
  "check.action": "Abbrechen",
  cancelTitle: "Wiederherstellung abbrechen",
  cancelIntro:
    "Die Zwei-Faktor-Authentifizierung bleibt aktiv. Wenn Sie sie nicht deaktivieren wollten, kennt jemand Ihr Passwort: Ändern Sie es jetzt.",
  cancelNone: "Es gibt keine Wiederherstellung, die Sie abbrechen können.",
  cancelButton: "Wiederherstellung abbrechen",
  cancelled: "Wiederherstellung abgebrochen. Wenn Sie sie nicht gestartet haben, ändern Sie jetzt Ihr Passwort.",
  "event.two-factor-recovery-requested": "Wiederherstellung der Zwei-Faktor-Authentifizierung angefordert",
  "event.two-factor-recovery-started": "Wiederherstellung der Zwei-Faktor-Authentifizierung gestartet",
  "event.two-factor-recovery-cancelled": "Wiederherstellung der Zwei-Faktor-Authentifizierung abgebrochen",
  "event.two-factor-recovered": "Zwei-Faktor-Authentifizierung per E-Mail deaktiviert",
  "email.link.subject": "Stellen Sie Ihr Konto bei {siteName} wieder her",
  "email.link.intro":
    "Jemand hat das richtige Passwort Ihres Kontos bei {siteName} eingegeben und möchte sich ohne den zweiten Schritt anmelden.",
  "email.link.what": {
    plural: "days",
    one: "Folgen Sie dem Link, um zu beginnen. Nach {days} Tag lässt sich die Zwei-Faktor-Authentifizierung dann deaktivieren.",
    other: "Folgen Sie dem Link, um zu beginnen. Nach {days} Tagen lässt sich die Zwei-Faktor-Authentifizierung dann deaktivieren.",
  },
  "email.link.action": "Wiederherstellung starten",
  "email.link.expiry":
    "Dieser Link ist 1 Stunde gültig und kann einmal verwendet werden. Wenn Sie das nicht waren, kennt jemand Ihr Passwort: Ändern Sie es.",
  "email.started.subject": "Die Wiederherstellung Ihres Kontos hat begonnen",
  "email.started.intro":
    "Die Wiederherstellung Ihres Kontos bei {siteName} hat begonnen. Ab dem {date} lässt sich die Zwei-Faktor-Authentifizierung per E-Mail deaktivieren.",
  "email.pending.subject": "Ihr Konto wird wiederhergestellt",
  "email.pending.intro": "Ab dem {date} lässt sich die Zwei-Faktor-Authentifizierung Ihres Kontos bei {siteName} per E-Mail deaktivieren.",
  "email.cancel":
    "Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Melden Sie sich mit dem zweiten Schritt an, oder verwenden Sie den Link unten, um die Wiederherstellung abzubrechen.",
  "email.ready.subject": "Deaktivieren Sie die Zwei-Faktor-Authentifizierung",
  "email.ready.intro": "Sie können die Zwei-Faktor-Authentifizierung Ihres Kontos bei {siteName} jetzt deaktivieren.",
  "email.ready.action": "Deaktivieren",
  "email.ready.expiry":
    "Dieser Link ist 3 Tage gültig und kann einmal verwendet werden. Wenn Sie den zweiten Schritt wieder verwenden können, melden Sie sich damit an: Das bricht die Wiederherstellung ab.",
  "email.cancelled.subject": "Die Wiederherstellung Ihres Kontos wurde abgebrochen",
  "email.cancelled.intro": {
    select: "cause",
    administrator:
      "Die Administration hat die Wiederherstellung Ihres Kontos bei {siteName} abgebrochen. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
    settings:
      "Die Wiederherstellung Ihres Kontos bei {siteName} wurde in den Einstellungen abgebrochen. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
    login:
      "Eine Anmeldung mit dem zweiten Schritt oder in einem vertrauenswürdigen Browser hat die Wiederherstellung Ihres Kontos bei {siteName} abgebrochen. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
    factor:
      "Ein zweiter Faktor wurde verwendet. Das hat die Wiederherstellung Ihres Kontos bei {siteName} abgebrochen. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
    report:
      "Der Link „Das war ich nicht“ in einer E-Mail hat die Wiederherstellung Ihres Kontos bei {siteName} abgebrochen. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
    change:
      "Ihr Passwort, Ihre E-Mail-Adresse oder ein zweiter Faktor wurde geändert. Das hat die Wiederherstellung Ihres Kontos bei {siteName} abgebrochen. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
    refused:
      "Die Wiederherstellung Ihres Kontos bei {siteName} wurde abgebrochen, weil sie für dieses Konto per E-Mail nicht mehr möglich ist. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
    late: "Wir konnten Ihnen nicht jeden Tag eine E-Mail senden. Deshalb wurde die Wiederherstellung Ihres Kontos bei {siteName} abgebrochen. Die Zwei-Faktor-Authentifizierung bleibt aktiv.",
  },
  "email.cancelled.again":
    "Wir senden keinen Link mehr. Wenn Sie den zweiten Schritt weiterhin nicht verwenden können, melden Sie sich mit Ihrem Passwort an, und beginnen Sie neu.",
  "email.cancelled.ask":
    "Wir senden keinen Link mehr. Wenn Sie den zweiten Schritt weiterhin nicht verwenden können, fragen Sie die Betreiber von {siteName}.",
  "email.done.subject": "Die Zwei-Faktor-Authentifizierung wurde deaktiviert",
  "email.done.intro":
    "Die Zwei-Faktor-Authentifizierung Ihres Kontos bei {siteName} wurde per E-Mail deaktiviert, und alle Geräte wurden abgemeldet.",
});
