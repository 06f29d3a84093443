/** Messages in German; see home.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./home.messages.ts";

export const translation = translate(messages, "de", {
  title: "Willkommen",
  heading: "{siteName}",
  lead: "Erstellen Sie ein Konto oder melden Sie sich an.",
  leadClosed: "Melden Sie sich bei Ihrem Konto an.",
  signUp: "Konto erstellen",
  logIn: "Anmelden",
  loggedInAs: "Sie sind als {name} angemeldet.",
  dashboard: "Zur Übersicht",
  continue: "Weiter",
});
