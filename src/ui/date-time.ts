/** Formats an instant as readable text in a `<time>` element. */
import { type Html, html } from "./html.ts";

export function instant(ms: number, inWords: (ms: number) => string = instantInWords): Html {
  return html`<time datetime="${new Date(ms).toISOString()}">${inWords(ms)}</time>`;
}

/** English, such as `3 March 2026 at 09:05 UTC`. Not by `Intl`: formatting three instants took longer than rendering the page. */
export function instantInWords(ms: number): string {
  const date = new Date(ms);
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  return `${dayInWords(ms)} at ${time} UTC`;
}

/** The day in UTC. */
export function day(ms: number, inWords: (ms: number) => string): Html {
  return html`<time datetime="${new Date(ms).toISOString().slice(0, 10)}">${inWords(ms)}</time>`;
}

/** Returns the formatter of days in a language, such as `3 March 2026`. */
export function dayWords(locale: string): (ms: number) => string {
  if (locale === "en") return dayInWords;
  let format: Intl.DateTimeFormat | undefined;
  return (ms) => {
    format ??= new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
    return format.format(ms);
  };
}

function dayInWords(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}`;
}

const months = "January February March April May June July August September October November December".split(" ");

/** Returns the formatter of a language, such as `3. März 2026 um 09:05 UTC` for `de`. */
export function instantWords(locale: string): (ms: number) => string {
  if (locale === "en") return instantInWords;
  let format: Intl.DateTimeFormat | undefined;
  return (ms) => {
    // Created at first use: the constructor takes 120 µs.
    format ??= new Intl.DateTimeFormat(locale, {
      day: "numeric",
      month: "long",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZone: "UTC",
      timeZoneName: "short",
    });
    return format.format(ms);
  };
}
