/** Renders the charts of sign-ups and logins. */
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
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
  return {
    title: t("charts"),
    width: "wide",
    json: { counts },
    body: html`${heading(c, "charts")}
<p class="hint">${t("chartsLead")}</p>
<div class="charts">${counts.map((series) => chart(c, series))}</div>
<details><summary>${t("chartTable")}</summary>
${table({
  label: t("chartTable"),
  columns: [t("day"), ...counts.map(({ event }) => t(`chart.${event}`))],
  rows: (counts[0]?.counts ?? []).map((_, i, days) => dayRow(counts, days.length - 1 - i, today - i * dayMs)),
})}</details>`,
  };
}

const dayMs = 24 * 3_600_000;

/** The newest day comes first. */
function dayRow(counts: readonly Series[], index: number, day: number): Html {
  const date = new Date(day).toISOString().slice(0, 10);
  return html`<tr><th scope="row"><time datetime="${date}">${date}</time></th>${counts.map((series) => html`<td>${series.counts[index] ?? 0}</td>`)}</tr>
`;
}

/** Bars in SVG, without a script; the label has the numbers for screen readers. */
function chart(c: Context, { event, counts }: Series): Html {
  const t = translator(c, messages);
  const highest = Math.max(0, ...counts);
  const [width, height, days] = [counts.length * 8, 48, counts.length];
  const sum = counts.reduce((total, count) => total + count, 0);
  const title = t(`chart.${event}`);
  const label = t("chartLabel", { title, sum, days, today: counts.at(-1) ?? 0, highest });
  return html`<figure class="chart"><figcaption>${title} <strong>${sum}</strong> <span class="hint">${t("chartDays", { days })}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" preserveAspectRatio="none">${counts.map((count, day) => {
    const bar = Math.round((count / Math.max(1, highest)) * height);
    return html`<rect x="${day * 8}" y="${height - bar}" width="6" height="${Math.max(bar, 1)}"/>`;
  })}</svg></figure>`;
}
