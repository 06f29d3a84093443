/** Messages of recent times, within and after other text. */
import { defineMessages } from "../i18n/messages.ts";

export const messages = defineMessages("time-ago", {
  now: "just now",
  minutes: { plural: "count", one: "{count} minute ago", other: "{count} minutes ago" },
  hours: { plural: "count", one: "{count} hour ago", other: "{count} hours ago" },
  days: { plural: "count", one: "{count} day ago", other: "{count} days ago" },
});
