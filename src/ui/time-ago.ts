/** Formats a recent time by its age, such as `3 minutes ago`. */
import type { Translator } from "../i18n/translator.ts";
import { instant } from "./date-time.ts";
import { type Html, html } from "./html.ts";
import { messages } from "./time-ago.messages.ts";

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 24 * 3_600_000];
/** From this age on, the exact time says more. */
const maxDays = 30;

/** The age, with the exact time as title. From 30 days on, and for a time to come, the exact time. */
export function timeAgo(ms: number, now: number, translator: Translator): Html {
  const words = ageInWords(now - ms, translator);
  if (words === undefined) return instant(ms, translator.instantInWords);
  return html`<time datetime="${new Date(ms).toISOString()}" title="${translator.instantInWords(ms)}">${words}</time>`;
}

function ageInWords(ageMs: number, translator: Translator): string | undefined {
  // Clock skew: another process may have written a time that is slightly ahead.
  if (ageMs < -minuteMs || ageMs >= maxDays * dayMs) return undefined;
  const t = translator.messages(messages);
  if (ageMs < minuteMs) return t("now");
  if (ageMs < hourMs) return t("minutes", { count: Math.floor(ageMs / minuteMs) });
  return ageMs < dayMs ? t("hours", { count: Math.floor(ageMs / hourMs) }) : t("days", { count: Math.floor(ageMs / dayMs) });
}
