/** Messages in German; see site.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./site.messages.ts";

export const translation = translate(messages, "de", {
  profile: "Profil",
  security: "Sicherheit",
  data: "Ihre Daten",
  more: "Weiteres",
  terms: "Nutzungsbedingungen",
  privacy: "Datenschutz",
  contact: "Kontakt",
});
