/** Messages in German; see error-page.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./error-page.messages.ts";

export const translation = translate(messages, "de", {
  title400: "Ungültige Anfrage",
  title401: "Anmeldung erforderlich",
  title403: "Zugriff verweigert",
  title404: "Seite nicht gefunden",
  title405: "Methode nicht erlaubt",
  title409: "Anfrage konnte nicht abgeschlossen werden",
  title413: "Anfrage zu groß",
  title415: "Nicht unterstützte Anfrage",
  title429: "Zu viele Versuche",
  title500: "Etwas ist schiefgegangen",
  title503: "Dienst nicht erreichbar",
  titleOther: "Etwas ist schiefgegangen",
  support: "Wenn das weiterhin geschieht, wenden Sie sich an den Support und nennen Sie die Anfrage-ID {requestId}.",
  home: "Zur Startseite",
});
