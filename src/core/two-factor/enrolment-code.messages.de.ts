/** Messages in German; see enrolment-code.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./enrolment-code.messages.ts";

export const translation = translate(messages, "de", {
  subject: "Zwei-Faktor-Authentifizierung bei {siteName} einrichten",
  intro: "Geben Sie diesen Code ein, um die Zwei-Faktor-Authentifizierung für Ihr Konto bei {siteName} einzurichten.",
  expiry: "Der Code ist 10 Minuten gültig und funktioniert nur in dem Browser, der ihn angefordert hat. Geben Sie ihn niemals weiter.",
  notYou: {
    select: "thief",
    password: "Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Ändern Sie es.",
    session: "Wenn Sie das nicht waren, ist jemand anderes in Ihrem Konto angemeldet. Melden Sie diese Person in den Einstellungen ab.",
  },
  report: {
    select: "thief",
    password: "Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Mit dem Link unten sperren Sie es und melden alle Geräte ab.",
    session: "Wenn Sie das nicht waren, ist jemand anderes in Ihrem Konto angemeldet. Mit dem Link unten melden Sie alle Geräte ab.",
  },
});
