/** Tests in a real browser that times are shown in the visitor's zone. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { logIn } from "./acts.ts";
import { openBrowser } from "./browser.ts";

const loggedInAt = Date.UTC(2026, 5, 30, 22, 5);

let browser: Browser;
let app: TestApp;
beforeAll(async () => {
  [browser, app] = await Promise.all([openBrowser(), testApp({}, { startsAt: loggedInAt })]);
  await app.person().signsUp();
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

/** Text and title of the time when this session began, after these days. */
async function shownTime(
  options: { timezoneId: string; locale: string; javaScriptEnabled?: boolean },
  days: number,
): Promise<{ text: string; title: string | null; errors: string[] }> {
  app.passes(loggedInAt - app.s.now());
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await logIn(page, app);
  app.passes(days * 24 * 3_600_000);
  await app.s.db
    .updateTable("sessions")
    .set({ expires_at: app.s.now() + 60_000, last_seen_at: app.s.now(), authenticated_at: app.s.now() })
    .execute();
  await page.goto(`${app.url}/settings/sessions`);
  const time = page.locator(`time[datetime^="2026-06-30T22:05"]`).first();
  const shown = { text: await time.innerText(), title: await time.getAttribute("title"), errors };
  await context.close();
  return shown;
}

describe("times", () => {
  it.each([
    ["America/New_York", "en-US", "30 June 2026 at 18:05"],
    ["Asia/Kolkata", "en-GB", "1 July 2026 at 03:35"],
    // The page is in English, so its times are too.
    ["Europe/Berlin", "de-DE", "1 July 2026 at 00:05"],
  ])("times: in %s with %s they are shown in the visitor's zone, as text or as title", async (timezoneId, locale, expected) => {
    const spaced = (text: string | null) => text?.replaceAll("\u202f", " ");
    const old = await shownTime({ timezoneId, locale }, 40);
    expect([spaced(old.text), old.title, old.errors]).toEqual([expected, null, []]);
    const recent = await shownTime({ timezoneId, locale }, 3);
    expect([recent.text, spaced(recent.title), recent.errors]).toEqual(["3 days ago", expected, []]);
  });

  it("times: without scripts they are in UTC and say so", async () => {
    const options = { timezoneId: "Asia/Kolkata", locale: "en-GB", javaScriptEnabled: false };
    expect((await shownTime(options, 40)).text).toBe("30 June 2026 at 22:05 UTC");
    expect(await shownTime(options, 3)).toMatchObject({ text: "3 days ago", title: "30 June 2026 at 22:05 UTC" });
  });
});
