// Runs on one engine: it runs the script without a browser.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { dayWords, instantWords } from "./date-time.ts";

const script = readFileSync(new URL("times.browser.js", import.meta.url), "utf8");

/** Text of a time after the script ran, in the zone of this process. */
function shownIn(lang: string, languages: readonly string[], when: Date): string {
  const time = { dateTime: when.toISOString(), title: "", textContent: "" };
  const document = { documentElement: { lang }, querySelectorAll: () => [time] };
  runInNewContext(script, { document, navigator: { languages } });
  return time.textContent.replaceAll("\u202f", " ");
}

describe("times script", () => {
  const [year, month, day, hour, minute] = [2026, 10, 30, 22, 5];
  const local = new Date(year, month, day, hour, minute);

  it.each([
    ["en", ["en-US", "en"], "30 November 2026 at 22:05"],
    ["en", ["de-DE"], "30 November 2026 at 22:05"],
    ["de", ["en-US"], "30. November 2026 um 22:05"],
    ["en-US", ["en-GB"], "November 30, 2026 at 22:05"],
  ])("times script: a page in %s is formatted by its own language for a browser with %j", (lang, languages, expected) => {
    expect(shownIn(lang, languages, local)).toBe(expected);
  });

  it.each(["en", "de", "ar"])("times script: days and times in %s read as the server formats them", (lang) => {
    const utc = Date.UTC(year, month, day, hour, minute);
    const shown = shownIn(lang, ["en-US"], local);
    expect(instantWords(lang)(utc).replaceAll("\u202f", " ")).toBe(`${shown} UTC`);
    expect(shown.startsWith(dayWords(lang)(utc))).toBe(true);
  });
});
