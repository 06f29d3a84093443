// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { translate } from "../i18n/messages.ts";
import { createTranslator, english } from "../i18n/translator.ts";
import { messages } from "./time-ago.messages.ts";
import { timeAgo } from "./time-ago.ts";

const [minute, hour, day] = [60_000, 3_600_000, 24 * 3_600_000];
const now = Date.UTC(2026, 2, 31, 9, 5);

describe("time ago", () => {
  it.each([
    [0, "just now"],
    [-30_000, "just now"],
    [minute - 1, "just now"],
    [minute, "1 minute ago"],
    [3 * minute + 59_000, "3 minutes ago"],
    [hour, "1 hour ago"],
    [23 * hour + 59 * minute, "23 hours ago"],
    [day, "1 day ago"],
    [30 * day - 1, "29 days ago"],
  ])("time ago: an age of %i ms is shown in words, with the exact time in UTC as title", (age, words) => {
    const time = timeAgo(now - age, now, createTranslator(english)).toString();
    expect(time).toMatch(/^<time datetime="2026-03-\d\dT[\d:.]+Z" title="\d+ March 2026 at \d\d:\d\d UTC">/);
    expect(time).toContain(`>${words}</time>`);
  });

  it("time ago: from 30 days on, and for a time to come, the exact time is shown", () => {
    for (const [ms, words] of [
      [now - 30 * day, "1 March 2026 at 09:05 UTC"],
      [now + 2 * minute, "31 March 2026 at 09:07 UTC"],
    ] as const)
      expect(timeAgo(ms, now, createTranslator(english)).toString()).toBe(`<time datetime="${new Date(ms).toISOString()}">${words}</time>`);
  });

  it("time ago: the words are translated", () => {
    const japanese = translate(messages, "ja", {
      now: "たった今",
      minutes: { plural: "count", other: "{count} 分前" },
      hours: { plural: "count", other: "{count} 時間前" },
      days: { plural: "count", other: "{count} 日前" },
    });
    const translator = createTranslator({ locale: "ja", translations: [japanese] });
    expect(timeAgo(now - 3 * minute, now, translator).toString()).toContain(">3 分前<");
  });
});
