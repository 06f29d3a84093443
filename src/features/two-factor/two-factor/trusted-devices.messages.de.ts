/** Messages in German; see trusted-devices.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./trusted-devices.messages.ts";

export const translation = translate(messages, "de", {
  title: "Vertrauenswürdige Browser",
  intro: "In diesen Browsern brauchen Sie zum Anmelden keinen zweiten Faktor.",
  none: "Keine vertrauenswürdigen Browser. Wenn Sie sich mit dem zweiten Faktor anmelden, können Sie dem Browser vertrauen.",
  times: "Zuletzt verwendet {used} · Vertrauenswürdig bis {until}",
  unknownIp: "Unbekannte IP-Adresse",
  end: "Nicht mehr vertrauen",
  endDevice: "{device}, IP-Adresse {ip}, nicht mehr vertrauen",
  endAll: "Keinem Browser mehr vertrauen",
  ended: "Der Browser ist nicht mehr vertrauenswürdig.",
  allEnded: "Alle vertrauenswürdigen Browser wurden entfernt.",
  alreadyEnded: "Dieser Browser ist nicht mehr vertrauenswürdig.",
  choose: "Wählen Sie einen Browser, oder vertrauen Sie keinem mehr.",
  trust: {
    plural: "count",
    one: "Diesem Browser {count} Tag lang vertrauen",
    other: "Diesem Browser {count} Tage lang vertrauen",
  },
  trustHours: {
    plural: "count",
    one: "Diesem Browser {count} Stunde lang vertrauen",
    other: "Diesem Browser {count} Stunden lang vertrauen",
  },
  trustHint: "Sie brauchen hier dann keinen zweiten Faktor. Wählen Sie das nicht an einem gemeinsam genutzten Computer.",
});
