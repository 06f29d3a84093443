// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { readDevice } from "./device-name.ts";

describe("device", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "computer"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "computer"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
      "phone",
    ],
    ["Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "phone"],
    [
      "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Mobile/15E148 Safari/604.1",
      "tablet",
    ],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "program"],
    ["curl/8.5.0", "program"],
    ["node", "program"],
    ["", "program"],
    ["<script>alert(1)</script>", "program"],
  ])("device: the kind of %s is %s", async (userAgent, kind) => {
    expect((await readDevice(userAgent)).kind).toBe(kind);
  });

  it("device: the same user agent is parsed once, and a long one each time", async () => {
    const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
    expect(await readDevice(firefox)).toBe(await readDevice(firefox));
    const long = `${firefox} ${"x".repeat(300)}`;
    expect(await readDevice(long)).toEqual(await readDevice(long));
    expect(await readDevice(long)).not.toBe(await readDevice(long));
  });
});
