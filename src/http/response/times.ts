/** Shows times in the language of a response. */

import { day, instant } from "../../ui/date-time.ts";
import type { Html } from "../../ui/html.ts";
import { timeAgo } from "../../ui/time-ago.ts";
import type { Context } from "../context.ts";
import { localeOf } from "../request/locale.ts";

/** Date and time in UTC; a script shows them in the visitor's zone. */
export function exactTime(c: Context, ms: number): Html {
  return instant(ms, c.get("s").translations.translator(localeOf(c)).instantInWords);
}

/** The day in UTC, without a time. */
export function dateOf(c: Context, ms: number): Html {
  return day(ms, c.get("s").translations.translator(localeOf(c)).dayInWords);
}

/** Such as `3 minutes ago`, with the exact time as title; from 30 days on, {@link exactTime}. */
export function recentTime(c: Context, ms: number): Html {
  const { translations, now } = c.get("s");
  return timeAgo(ms, now(), translations.translator(localeOf(c)));
}
