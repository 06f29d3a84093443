/** Messages in German; see verify-email.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./verify-email.messages.ts";

export const translation = translate(messages, "de", {
  title: "E-Mail-Adresse bestätigen",
  "check.done": "E-Mail-Adresse bestätigt",
  "check.todo": "{email} ist nicht bestätigt",
  "check.none": "Ihr Konto hat keine E-Mail-Adresse",
  "check.noneHint": "Mit einer E-Mail-Adresse kommen Sie wieder in Ihr Konto, wenn Sie sich nicht mehr anmelden können.",
  "check.add": "Hinzufügen",
  "check.hint": {
    select: "resets",
    on: "Sie brauchen sie, um Ihr Passwort zurückzusetzen.",
    off: "Dorthin senden wir Hinweise zu Änderungen an Ihrem Konto.",
  },
  "check.action": "Bestätigen",
  codeIntro: "Geben Sie den 6-stelligen Code ein, den wir an {email} gesendet haben, oder folgen Sie dem Link in dieser E-Mail.",
  codeIntroUsername:
    "Geben Sie den 6-stelligen Code ein, den wir an die E-Mail-Adresse von {username} gesendet haben, oder folgen Sie dem Link in dieser E-Mail.",
  verify: "E-Mail-Adresse bestätigen",
  otherEmail: "Möchten Sie stattdessen {email} bestätigen?",
  otherUsername: "Möchten Sie stattdessen die E-Mail-Adresse von {username} bestätigen?",
  sendThere: "Code an diese Adresse senden",
  askIntro:
    "Wir senden einen Bestätigungscode an {email}, falls diese Adresse noch bestätigt werden muss. Der Code funktioniert nur in diesem Browser.",
  askIntroKnown: "Wir senden einen Bestätigungscode an {email}. Der Code funktioniert nur in diesem Browser.",
  askIntroUsername:
    "Wir senden einen Bestätigungscode an die E-Mail-Adresse von {username}, falls diese noch bestätigt werden muss. Der Code funktioniert nur in diesem Browser.",
  send: "Code senden",
  haveEmail:
    "Sie haben schon eine E-Mail von uns? Folgen Sie ihrem Link oder geben Sie ihren Code in dem Browser ein, in dem Sie ihn angefordert haben.",
  notAsked: "Wir haben keinen Code an diesen Browser gesendet. Melden Sie sich an, um einen anzufordern.",
  logIn: "Anmelden",
  linkIntro: "Bestätigen Sie, dass {email} Ihre E-Mail-Adresse ist.",
  otherBrowser: "Sie haben sich in einem anderen Browser registriert. Geben Sie deshalb auch Ihr Passwort ein.",
  otherBrowserCode:
    "Geben Sie den Code aus der E-Mail in dem Browser ein, in dem Sie sich registriert haben, oder öffnen Sie diesen Link dort.",
  forgot: "Passwort vergessen?",
  deadIntro: "Wenn Ihre E-Mail-Adresse schon bestätigt ist, melden Sie sich an. Fordern Sie sonst einen neuen Code an.",
  newCode: "Neuen Code anfordern",
  notHere: "Wir haben keinen Code an diesen Browser gesendet. Verwenden Sie den Browser, in dem Sie ihn angefordert haben.",
  deadLink: "Dieser Link ist abgelaufen oder wurde bereits verwendet.",
  verified: "E-Mail-Adresse bestätigt.",
  verifiedLogIn: "E-Mail-Adresse bestätigt. Sie können sich jetzt anmelden.",
  alreadyVerified: "Ihre E-Mail-Adresse ist schon bestätigt.",
  usernameTaken: "Der Benutzername „{wanted}“ war vergeben, deshalb lautet Ihrer {username}. Sie können ihn in den Einstellungen ändern.",
  sent: "Wenn diese E-Mail-Adresse noch bestätigt werden muss, haben wir einen neuen Code gesendet.",
  sentOrSignUp:
    "Wenn diese E-Mail-Adresse noch bestätigt werden muss, haben wir einen neuen Code gesendet. Wenn er nicht innerhalb weniger Minuten ankommt, registrieren Sie sich noch einmal.",
  "event.email-verified": "E-Mail-Adresse bestätigt",
  "option.question": "Noch nicht bestätigt?",
  "option.link": "E-Mail-Adresse bestätigen",
});
