/** Messages in German; see time-ago.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./time-ago.messages.ts";

export const translation = translate(messages, "de", {
  now: "gerade eben",
  minutes: {
    plural: "count",
    one: "vor {count} Minute",
    other: "vor {count} Minuten",
  },
  hours: {
    plural: "count",
    one: "vor {count} Stunde",
    other: "vor {count} Stunden",
  },
  days: {
    plural: "count",
    one: "vor {count} Tag",
    other: "vor {count} Tagen",
  },
});
