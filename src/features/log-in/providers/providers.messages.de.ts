/** Messages in German; see providers.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./providers.messages.ts";

export const translation = translate(messages, "de", {
  continueWith: "Weiter mit {provider}",
  or: "Oder",
  lastUsed: "Zuletzt verwendet",
  "refused.denied": "Sie haben sich nicht mit {provider} angemeldet. Versuchen Sie es erneut oder melden Sie sich auf andere Weise an.",
  "refused.expired": "Diese Anmeldung mit {provider} ist abgelaufen oder wurde bereits verwendet. Versuchen Sie es erneut.",
  "refused.unreachable":
    "{provider} ist derzeit nicht erreichbar. Melden Sie sich auf andere Weise an oder versuchen Sie es später erneut.",
  "refused.misconfigured":
    "Die Anmeldung mit {provider} ist nicht richtig eingerichtet. Melden Sie sich auf andere Weise an oder wenden Sie sich mit der Anfrage-ID {id} an den Support.",
  "refused.clock":
    "Die Anmeldung mit {provider} ist fehlgeschlagen, weil die Uhren von {provider} und dieser Website voneinander abweichen. Melden Sie sich auf andere Weise an oder wenden Sie sich mit der Anfrage-ID {id} an den Support.",
  "refused.bad-answer":
    "Die Anmeldung mit {provider} ist fehlgeschlagen. Versuchen Sie es erneut oder wenden Sie sich mit der Anfrage-ID {id} an den Support.",
  "refused.domain":
    "Ihr Konto bei {provider} kann hier nicht verwendet werden, weil seine E-Mail-Adresse zu einer anderen Organisation gehört. Wählen Sie ein anderes Konto.",
  "refused.closed":
    "Mit diesem Konto bei {provider} ist hier kein Konto verknüpft, und Sie können sich damit nicht registrieren. Melden Sie sich auf andere Weise an.",
  "refused.no-email":
    "{provider} hat keine E-Mail-Adresse von Ihnen bestätigt, und diese Website kann keinen Code senden. Melden Sie sich auf andere Weise an.",
  "refused.blocked": {
    select: "passwords",
    on: "Mit {provider} können Sie sich bei diesem Konto derzeit nicht anmelden. Melden Sie sich auf andere Weise an oder setzen Sie Ihr Passwort zurück.",
    off: "Mit {provider} können Sie sich bei diesem Konto derzeit nicht anmelden. Melden Sie sich auf andere Weise an.",
  },
  "refused.unverified": "Bestätigen Sie die E-Mail-Adresse Ihres Kontos, bevor Sie sich mit {provider} anmelden.",
  "refused.taken": "Mit diesem Konto bei {provider} meldet man sich hier bereits bei einem anderen Konto an. Wählen Sie ein anderes.",
  "refused.too-many": "Mit Ihrem Konto sind zu viele Konten bei Anbietern verknüpft. Heben Sie zuerst eine Verknüpfung auf.",
  "refused.not-linked": "Dieses Konto bei {provider} ist nicht mit Ihrem Konto verknüpft. Wählen Sie das verknüpfte.",
  "refused.not-recent": "{provider} hat Sie nicht erneut nach Ihrer Anmeldung gefragt. Bestätigen Sie Ihre Identität auf andere Weise.",
  "refused.limited": "Zu viele Versuche. Versuchen Sie es in ein paar Minuten erneut.",
  "refused.logged-out": "Sie haben sich inzwischen abgemeldet. Melden Sie sich an und beginnen Sie von vorn.",
  repostTitle: "Weiter mit {provider}",
  repostIntro: "{provider} hat Ihre Anmeldung bestätigt. Fahren Sie fort, um sie abzuschließen.",
  continue: "Weiter",
  signupTitle: "Registrierung abschließen",
  emailTitle: "E-Mail-Adresse bestätigen",
  emailIntro: "{provider} hat Ihre E-Mail-Adresse nicht bestätigt. Wir senden einen Code dorthin.",
  sendCode: "Code senden",
  codeIntro: "Geben Sie den 6-stelligen Code ein, den wir an {email} gesendet haben.",
  verify: "Bestätigen",
  otherEmail: "Eine andere E-Mail-Adresse verwenden",
  againQuestion: "Keine E-Mail erhalten?",
  again: "Neuen Code senden",
  sentAgain: "Wenn die Grenze nicht erreicht ist, haben wir einen neuen Code gesendet.",
  usernameIntro: "Sie registrieren sich mit {provider} als {email}. Wählen Sie einen Benutzernamen.",
  create: "Konto erstellen",
  proofExpired: "Diese Anmeldung ist abgelaufen. Beginnen Sie von vorn.",
  expiredTitle: "Diese Anmeldung ist abgelaufen",
  startAgain: "Von vorn beginnen",
  existsTitle: "Sie haben bereits ein Konto",
  existsIntro: "{email} gehört hier zu einem Konto. Melden Sie sich einmal dort an, dann können Sie {provider} verknüpfen.",
  logInToLink: "Anmelden und verknüpfen",
  linkTitle: "Konto bei {provider} verknüpfen",
  linkIntro: "Verknüpfen Sie Ihr Konto bei {provider} mit Ihrem Konto hier. Von da an können Sie sich damit anmelden.",
  atProvider: "Konto bei {provider}",
  account: "Konto hier",
  unnamed: "Keine E-Mail-Adresse angegeben",
  link: "Konten verknüpfen",
  loginChanged: "Die Anmeldung hat sich in einem anderen Tab geändert. Prüfen Sie sie und bestätigen Sie erneut.",
  dontLink: "Nicht verknüpfen",
  otherAccount:
    "Sie sind bei einem anderen Konto angemeldet. Melden Sie sich bei dem Konto mit der E-Mail-Adresse {email} an, um {provider} zu verknüpfen.",
  linked: "{provider} ist verknüpft. Sie können sich jetzt damit anmelden.",
  alreadyLinked: "{provider} ist bereits mit Ihrem Konto verknüpft.",
  verifyFirst: "Bestätigen Sie die E-Mail-Adresse Ihres Kontos, bevor Sie {provider} verknüpfen.",
  switchTitle: "Konto wechseln?",
  switchIntro:
    "Sie sind als {username} angemeldet. Mit {provider} ({email}) melden Sie sich bei einem anderen oder einem neuen Konto an. Beim Wechsel endet Ihre Sitzung hier.",
  switchButton: "Konto wechseln",
  stay: "Angemeldet bleiben",
  askTitle: "Weiter mit {provider}?",
  askIntro:
    "Eine andere Website hat Sie hierher geschickt. Sie sind als {username} angemeldet. Fahren Sie nur fort, wenn Sie {provider} hier verwenden möchten.",
  claimTitle: "Ist das Ihr Konto?",
  claimIntro:
    "Ein Konto hier verwendet {email}, aber diese E-Mail-Adresse wurde nie bestätigt. {provider} bestätigt, dass sie Ihnen gehört.",
  claimOwn: "Wenn es Ihr Konto ist, melden Sie sich dort an. Danach können Sie {provider} verknüpfen.",
  claimNew:
    "Wenn nicht, oder wenn Sie sich dort nicht anmelden können, erstellen Sie ein neues Konto. Das andere Konto verliert diese E-Mail-Adresse.",
  claimButton: "Neues Konto erstellen",
  lostEmail:
    "Die E-Mail-Adresse dieses Kontos gehört jetzt zu einem anderen Konto, weil ihr Besitzer sie bestätigt hat. Melden Sie sich mit Ihrem Benutzernamen an, bis Sie eine andere haben. {link}",
  lostLink: "Andere E-Mail-Adresse hinzufügen",
  title: "Verknüpfte Anmeldungen",
  purpose: "Melden Sie sich mit Ihrem Konto bei einer anderen Website an.",
  lead: "Mit diesen Konten bei anderen Websites können Sie sich bei Ihrem Konto hier anmelden.",
  none: "Kein Konto bei einer anderen Website ist verknüpft.",
  since: "Verknüpft {when}",
  neverUsed: "Nie zur Anmeldung verwendet",
  used: "Zuletzt verwendet {when}",
  notOffered: "Nicht mehr angeboten",
  unlink: "Verknüpfung aufheben",
  linkAnother: "Weitere Anmeldung verknüpfen",
  unlinkTitle: "Verknüpfung mit {provider} aufheben?",
  unlinkIntro:
    "Mit {provider} ({email}) können Sie sich dann nicht mehr bei Ihrem Konto anmelden. Sitzungen, die damit begonnen haben, enden.",
  unlinkEndsThis: "Diese Sitzung hat damit begonnen, deshalb werden Sie abgemeldet.",
  unlinkButton: "Verknüpfung aufheben",
  keep: "Behalten",
  unlinked: "Die Verknüpfung mit {provider} ist aufgehoben.",
  unlinkedHere:
    "Die Verknüpfung mit {provider} ist aufgehoben, und die Sitzung, die damit begonnen hat, ist beendet. Melden Sie sich erneut an.",
  unknownIdentity: "Diese verknüpfte Anmeldung haben Sie nicht.",
  lastWayIn: {
    select: "passwords",
    on: "Das ist Ihr einziger Weg, sich anzumelden. Legen Sie zuerst ein Passwort fest oder fügen Sie einen Passkey hinzu.",
    off: "Das ist Ihr einziger Weg, sich anzumelden. Fügen Sie zuerst einen Passkey hinzu.",
  },
  badge: {
    plural: "count",
    one: "{count} verknüpft",
    other: "{count} verknüpft",
  },
  confirmIntro: "Melden Sie sich erneut mit {provider} an, um Ihre Identität zu bestätigen.",
  confirmElsewhere: "Bestätigen Sie Ihre Identität, indem Sie sich im Browser mit einem verknüpften Anbieter anmelden.",
  exchangeRefused: "Dieser Code ist ungültig, abgelaufen oder wurde bereits verwendet.",
  badCallback: "Diese App darf hier niemanden anmelden.",
  logoutRefused: "Das Abmelde-Token ist ungültig.",
  "event.provider-login": "Mit einem anderen Anbieter angemeldet",
  "event.provider-refused": "Anmeldung mit einem anderen Anbieter nicht akzeptiert",
  "event.email-lost": "E-Mail-Adresse entfernt, weil ein anderer Benutzer sie bestätigt hat",
  "email.code.subject": "Ihr Code für {siteName}",
  "email.code.intro":
    "Geben Sie diesen Code ein, um Ihre E-Mail-Adresse für {siteName} zu bestätigen. Er dient der Anmeldung mit {provider}.",
  "email.code.never": "Geben Sie diesen Code nicht weiter. Geben Sie ihn nur auf der Seite ein, die danach gefragt hat.",
  "email.code.expiry": "Der Code ist 10 Minuten gültig.",
  "email.code.reason":
    "Sie erhalten diese E-Mail, weil diese E-Mail-Adresse bei {siteName} eingegeben wurde. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren.",
});
