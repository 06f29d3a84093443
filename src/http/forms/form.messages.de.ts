/** Messages in German; see form.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./form.messages.ts";

export const translation = translate(messages, "de", {
  email: "E-Mail-Adresse",
  username: "Benutzername",
  usernameHint: "3–150 Buchstaben, Ziffern, Punkte, Bindestriche oder Unterstriche.",
  usernameLoginHint: "Damit melden Sie sich an. 3–150 Buchstaben, Ziffern, Punkte, Bindestriche oder Unterstriche.",
  password: "Passwort",
  invalidField: "Das muss ein einzelner Textwert sein.",
  invalidParameter: "Dieser Wert fehlt oder ist ungültig.",
  enterPassword: "Geben Sie Ihr Passwort ein.",
  wrongPassword: "Falsches Passwort. Versuchen Sie es noch einmal.",
  emailHint: "Damit melden Sie sich an.",
  codeLabel: "Bestätigungscode",
  codeHint: "Der Code ist 10 Minuten gültig und funktioniert nur in diesem Browser.",
  enterCode: "Geben Sie den 6-stelligen Code aus der E-Mail ein.",
  wrongCode: "Dieser Code ist falsch oder abgelaufen. Versuchen Sie es noch einmal, oder fordern Sie einen neuen an.",
  deadLink: "Dieser Link ist abgelaufen oder wurde bereits verwendet",
  enterEmail: "Geben Sie Ihre E-Mail-Adresse ein.",
  invalidEmail: "Geben Sie eine gültige E-Mail-Adresse ein, zum Beispiel name@example.com.",
  invisibleInEmail: "Ihre E-Mail-Adresse enthält ein unsichtbares Zeichen. Tippen Sie sie ein, statt sie einzufügen.",
  unreachableEmail:
    "An diese E-Mail-Adresse können wir nichts senden. Verwenden Sie eine, bei der vor dem @ nur englische Buchstaben, Ziffern und Symbole stehen.",
  enterUsername: "Geben Sie einen Benutzernamen ein.",
  usernameTaken: "Dieser Benutzername ist vergeben. Wählen Sie einen anderen.",
  "username.too-short": "Verwenden Sie mindestens 3 Zeichen für Ihren Benutzernamen.",
  "username.too-long": "Verwenden Sie höchstens 150 Zeichen für Ihren Benutzernamen.",
  "username.characters": "Verwenden Sie für Ihren Benutzernamen nur Buchstaben, Ziffern, Punkte, Bindestriche und Unterstriche.",
  "username.invisible": "Ihr Benutzername enthält ein unsichtbares Zeichen. Tippen Sie ihn ein, statt ihn einzufügen.",
  "username.mixed-scripts": "Mischen Sie in Ihrem Benutzernamen keine Alphabete (zum Beispiel lateinisch und kyrillisch).",
  "csrf.bad-token": "Ihr Formular ist abgelaufen. Senden Sie es noch einmal ab.",
  "csrf.other-account":
    "Seit Sie dieses Formular geöffnet haben, haben Sie das Konto gewechselt. Prüfen Sie, welches Konto Sie verwenden, und versuchen Sie es noch einmal.",
  "csrf.foreign-origin": "Dieses Formular wurde von einer anderen Website gesendet. Prüfen Sie es, bevor Sie es absenden.",
  tooManySeconds: {
    plural: "count",
    one: "Zu viele Versuche. Versuchen Sie es in {count} Sekunde noch einmal.",
    other: "Zu viele Versuche. Versuchen Sie es in {count} Sekunden noch einmal.",
  },
  tooManyMinutes: {
    plural: "count",
    one: "Zu viele Versuche. Versuchen Sie es in {count} Minute noch einmal.",
    other: "Zu viele Versuche. Versuchen Sie es in {count} Minuten noch einmal.",
  },
  tooManyHours: {
    plural: "count",
    one: "Zu viele Versuche. Versuchen Sie es in {count} Stunde noch einmal.",
    other: "Zu viele Versuche. Versuchen Sie es in {count} Stunden noch einmal.",
  },
  accountReported:
    "Sie haben gemeldet, dass jemand anderes Zugriff auf Ihr Konto haben könnte. Folgen Sie zuerst dem Link in unserer E-Mail dazu.",
  accountChanged: "Ihr Konto wurde inzwischen an anderer Stelle geändert. Prüfen Sie die Änderungen und versuchen Sie es noch einmal.",
  yes: "Ja",
  no: "Nein",
});
