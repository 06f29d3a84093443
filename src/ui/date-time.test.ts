// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { instant, instantInWords, instantWords } from "./date-time.ts";

const ms = Date.UTC(2026, 2, 3, 9, 5);

describe("instant", () => {
  it("instant: is formatted in English as day, month, year and UTC time", () => {
    expect(instantInWords(ms)).toBe("3 March 2026 at 09:05 UTC");
    expect(instantWords("en")(ms)).toBe(instantInWords(ms));
    expect(instant(ms).toString()).toBe('<time datetime="2026-03-03T09:05:00.000Z">3 March 2026 at 09:05 UTC</time>');
  });

  it("instant: is formatted by the rules of another language, with 24 hours and UTC", () => {
    const german = instantWords("de");
    expect([german(ms), german(ms + 13 * 3_600_000)]).toEqual(["3. März 2026 um 09:05 UTC", "3. März 2026 um 22:05 UTC"]);
    expect(instant(ms, german).toString()).toContain(">3. März 2026 um 09:05 UTC<");
  });
});
