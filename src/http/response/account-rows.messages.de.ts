/** Messages in German; see account-rows.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./account-rows.messages.ts";

export const translation = translate(messages, "de", {
  "logged-in": "Mit {provider} angemeldet",
  "role-granted": "Rolle von {provider} hinzugefügt",
  "role-revoked": "Rolle von {provider} entfernt",
  withProvider: "{event} ({provider})",
  from: "{device} · {ip}",
  unknownIp: "Unbekannte IP-Adresse",
  noEmail: "Keine E-Mail-Adresse",
  times: "Aktiv {lastUsed} · Angemeldet {loggedIn}",
});
