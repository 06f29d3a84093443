/** Messages in German; see passkey-signup.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./passkey-signup.messages.ts";

export const translation = translate(messages, "de", {
  link: "Stattdessen mit einem Passkey fortfahren",
  heading: "Konto mit einem Passkey erstellen",
  intro:
    "Sie brauchen kein Passwort: Ihr Gerät oder Ihr Passwort-Manager bewahrt den Passkey auf. Zuerst senden wir Ihnen einen Code per E-Mail.",
  button: "Weiter",
  withPassword: "Stattdessen ein Passwort verwenden",
  createTitle: "Passkey erstellen",
  createIntro: "Ihre E-Mail-Adresse ist bestätigt. Erstellen Sie zum Abschluss einen Passkey, mit dem Sie sich künftig anmelden.",
  createButton: "Passkey erstellen",
  skip: "Vorerst überspringen",
  skipHint: "Sie können sich mit einem Code per E-Mail anmelden und später einen Passkey hinzufügen.",
  passkeyName: "Passkey",
  notSent: "Ihr Browser hat keinen Passkey gesendet. Versuchen Sie es noch einmal.",
  expired: "Das hat zu lange gedauert. Versuchen Sie es noch einmal.",
  refused: "Dieser Passkey kann nicht verwendet werden. Versuchen Sie es mit einem anderen Gerät oder Passwort-Manager.",
  taken: "Dieser Passkey gehört zu einem anderen Konto. Erstellen Sie einen neuen.",
  deadIntro: "Ihre Registrierung ist abgelaufen. Registrieren Sie sich erneut, um einen neuen Code zu erhalten.",
  deadProblem: "Ihre Registrierung ist abgelaufen. Registrieren Sie sich erneut.",
  again: "Erneut registrieren",
  usernameTaken: "Der Benutzername „{wanted}“ war vergeben, deshalb lautet Ihrer {username}. Sie können ihn in den Einstellungen ändern.",
});
