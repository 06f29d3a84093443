/** Messages in German; see enrolment-code.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./enrolment-code.messages.ts";

export const translation = translate(messages, "de", {
  subject: "Zwei-Faktor-Authentisierung bei {siteName} einrichten",
  intro: "Geben Sie diesen Code ein, um die Zwei-Faktor-Authentisierung für Ihr Konto bei {siteName} einzurichten:",
  expiry: "Der Code ist 10 Minuten gültig und funktioniert nur in dem Browser, der ihn angefordert hat. Geben Sie ihn niemals weiter.",
  notYou: "Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Ändern Sie es.",
});
