/** Renders the charts of sign-ups and logins. */
import type { Context } from "../../../http/context.ts";
import { localeOf, translator } from "../../../http/request/locale.ts";
import { type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { heading, table } from "./parts.ts";

export interface Series {
  readonly event: "signed-up" | "logged-in" | "login-failed";
  /** One per day, oldest first. */
  readonly counts: readonly number[];
}

/** `today` is the start of the last day in milliseconds. */
export function chartsPage(c: Context, counts: readonly Series[], today: number): Page {
  const t = translator(c, messages);
  const dayOf = dayFormat(localeOf(c));
  const highest = Math.max(1, ...counts.filter(({ event }) => isLogin(event)).flatMap((series) => series.counts));
  const scale = (series: Series) => (isLogin(series.event) ? highest : Math.max(1, ...series.counts));
  return {
    title: t("charts"),
    width: "wide",
    json: { counts },
    body: html`${heading(c, "charts")}
<p class="hint">${t("chartsLead")}</p>
<div class="charts">${counts.map((series) => chart(c, series, { today, scale: scale(series), dayOf }))}</div>
<details><summary>${t("chartTable")}</summary>
${table({
  label: t("chartTable"),
  columns: [{ label: t("day") }, ...counts.map(({ event }) => ({ label: t(`chart.${event}`), isLabelled: true }))],
  // The newest day comes first.
  rows: (counts[0]?.counts ?? []).map((_, i, days) => [
    dayOf(today - i * dayMs),
    ...counts.map((series) => series.counts[days.length - 1 - i] ?? 0),
  ]),
})}</details>`,
  };
}

const dayMs = 24 * 3_600_000;

/** Successful and failed logins are compared, so their bars have the same scale. */
function isLogin(event: Series["event"]): boolean {
  return event !== "signed-up";
}

type DayFormat = (ms: number) => Html;

/** Days such as `1 Nov`. */
function dayFormat(locale: string): DayFormat {
  const format = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { day: "numeric", month: "short", timeZone: "UTC" });
  return (ms) => html`<time datetime="${new Date(ms).toISOString().slice(0, 10)}">${format.format(ms)}</time>`;
}

interface ChartProps {
  readonly today: number;
  /** The number of the highest possible bar. */
  readonly scale: number;
  readonly dayOf: DayFormat;
}

/** Bars in SVG, without a script; the label has the numbers for screen readers. */
function chart(c: Context, { event, counts }: Series, { today, scale, dayOf }: ChartProps): Html {
  const t = translator(c, messages);
  const highest = Math.max(0, ...counts);
  const [width, height, days] = [counts.length * 8, 48, counts.length];
  const sum = counts.reduce((total, count) => total + count, 0);
  const title = t(`chart.${event}`);
  const label = t("chartLabel", { title, sum, days, today: counts.at(-1) ?? 0, highest });
  return html`<figure class="chart"><figcaption>${title}<br><strong>${sum}</strong> <span class="hint">${t("chartDays", { days })}${highest === 0 ? "" : html` · ${t("chartHighest", { highest })}`}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" preserveAspectRatio="none">${counts.map((count, day) => {
    const bar = Math.round((count / scale) * height);
    return html`<rect x="${day * 8}" y="${height - bar}" width="6" height="${Math.max(bar, 1)}"/>`;
  })}</svg>
<p class="hint table-foot">${dayOf(today - (days - 1) * dayMs)}${dayOf(today)}</p></figure>`;
}
