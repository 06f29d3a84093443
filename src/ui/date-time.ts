/** A moment in words, with the exact one for machines. */
import { type Html, html } from "./html.ts";

export function instant(ms: number): Html {
  return html`<time datetime="${new Date(ms).toISOString()}">${instantInWords(ms)}</time>`;
}

/** Such as `3 March 2026 at 09:05 UTC`. By hand, for `Intl` takes longer over three of them than the rest of a page takes. */
export function instantInWords(ms: number): string {
  const date = new Date(ms);
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()} at ${time} UTC`;
}

const months = "January February March April May June July August September October November December".split(" ");
