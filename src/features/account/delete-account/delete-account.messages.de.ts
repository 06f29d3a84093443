/** Messages in German; see delete-account.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./delete-account.messages.ts";

export const translation = translate(messages, "de", {
  title: "Konto löschen",
  "card.text": "Löschen Sie Ihr Konto und Ihre Daten endgültig.",
  immediate: "Sie werden überall abgemeldet, und Ihr Konto und Ihre Daten werden sofort gelöscht. Das lässt sich nicht rückgängig machen.",
  delayed: {
    plural: "days",
    one: "Sie werden überall abgemeldet. Sie können die Löschung abbrechen, indem Sie sich innerhalb von {days} Tag anmelden. Danach ist sie endgültig.",
    other:
      "Sie werden überall abgemeldet. Sie können die Löschung abbrechen, indem Sie sich innerhalb von {days} Tagen anmelden. Danach ist sie endgültig.",
  },
  typeUsername: "Geben Sie zum Fortfahren Ihren Benutzernamen ein: {username}",
  username: "Benutzername",
  lastAdmin: "Mein Konto löschen, obwohl niemand sonst die Administratorrolle hat",
  lastAdminHint:
    "Danach kann niemand mehr diese Website verwalten. Um das zu vermeiden, geben Sie zuerst einem anderen Konto die Rolle „admin“.",
  submit: "Konto löschen",
  wrongUsername: "Geben Sie Ihren Benutzernamen so ein, wie er oben steht.",
  confirmLastAdmin: "Bestätigen Sie, dass Sie Ihr Konto löschen möchten, obwohl niemand sonst die Administratorrolle hat.",
  deleted: "Konto gelöscht.",
  scheduled: "Ihr Konto wird am {date} gelöscht. Um es zu behalten, melden Sie sich vorher an.",
  "event.deletion-requested": "Löschung des Kontos angefordert",
  "email.deleted.subject": "Ihr Konto wurde gelöscht",
  "email.deleted.intro": "Ihr Konto und Ihre Daten wurden wie gewünscht gelöscht. Sie erhalten keine E-Mails mehr von uns.",
  "email.deleted.reason": "Sie erhalten diese E-Mail, weil Sie ein Konto bei {siteName} hatten.",
  "email.scheduled.subject": "Ihr Konto wird gelöscht",
  "email.scheduled.intro": "Sie haben uns gebeten, Ihr Konto zu löschen. Ihr Konto und Ihre Daten werden am {date} gelöscht.",
  "email.scheduled.keep": "Um Ihr Konto zu behalten, melden Sie sich vorher an.",
});
