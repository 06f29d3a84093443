/** Messages in German; see logout.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./logout.messages.ts";

export const translation = translate(messages, "de", {
  title: "Abmelden",
  notLoggedIn: "Sie sind nicht angemeldet",
  logIn: "Anmelden",
  question: "Abmelden?",
  intro: "Sie sind als {username} angemeldet. Mit dem Abmelden endet diese Sitzung. Ihre anderen Geräte bleiben angemeldet.",
  button: "Abmelden",
  stay: "Angemeldet bleiben",
  loggedOut: "Sie haben sich abgemeldet.",
});
