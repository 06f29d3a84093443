/** Messages in German; see new-password.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./new-password.messages.ts";

export const translation = translate(messages, "de", {
  label: "Passwort",
  confirmLabel: "Passwort bestätigen",
  newLabel: "Neues Passwort",
  confirmNewLabel: "Neues Passwort bestätigen",
  hint: {
    plural: "count",
    one: "Mindestens {count} Zeichen. Alle Zeichen sind erlaubt, auch Leerzeichen. Ein paar zufällige Wörter lassen sich leicht merken.",
    other: "Mindestens {count} Zeichen. Alle Zeichen sind erlaubt, auch Leerzeichen. Ein paar zufällige Wörter lassen sich leicht merken.",
  },
  hintWithRules: {
    plural: "count",
    one: "Mindestens {count} Zeichen, darunter ein Großbuchstabe und eine Ziffer.",
    other: "Mindestens {count} Zeichen, darunter ein Großbuchstabe und eine Ziffer.",
  },
  enter: "Geben Sie ein Passwort ein.",
  enterNew: "Geben Sie ein neues Passwort ein.",
  confirm: "Bestätigen Sie Ihr Passwort.",
  confirmNew: "Bestätigen Sie Ihr neues Passwort.",
  mismatch: "Die Passwörter stimmen nicht überein. Geben Sie sie noch einmal ein.",
  "too-short": {
    plural: "count",
    one: "Verwenden Sie mindestens {count} Zeichen für Ihr Passwort.",
    other: "Verwenden Sie mindestens {count} Zeichen für Ihr Passwort.",
  },
  "too-long": {
    plural: "count",
    one: "Verwenden Sie höchstens {count} Zeichen für Ihr Passwort.",
    other: "Verwenden Sie höchstens {count} Zeichen für Ihr Passwort.",
  },
  "not-text": "Ihr Passwort enthält ein ungültiges Zeichen. Geben Sie es noch einmal ein.",
  "needs-upper-and-digit": "Verwenden Sie mindestens einen Großbuchstaben und eine Ziffer für Ihr Passwort.",
  common: "Dieses Passwort ist zu verbreitet. Wählen Sie ein anderes.",
  breached: "Dieses Passwort ist bei einem Datenleck bekannt geworden. Wählen Sie ein anderes.",
  "context-words":
    "Dieses Passwort ähnelt zu sehr Ihrem Namen, Ihrer E-Mail-Adresse oder dem Namen dieser Website. Wählen Sie ein anderes.",
});
