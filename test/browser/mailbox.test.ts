/** Tests the development inbox in Chromium: the preview frame and its links. */
// Runs end to end: it starts a browser.
// Runs on one engine: what it tests does not touch the database.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { openBrowser } from "./browser.ts";

describe("mailbox in a browser", () => {
  let browser: Browser;
  let app: TestApp;
  beforeAll(async () => {
    [browser, app] = await Promise.all([openBrowser(), testApp({ NODE_ENV: "development" })]);
    await app.person({ username: "ada" }).signsUp();
    await app.person({ username: "bob" }).signsUp();
  });
  afterAll(() => Promise.all([browser.close(), app.close()]));

  it.each([true, false])(
    "mailbox: the preview shows the email, and its links open in a new tab (JavaScript: %s)",
    async (javaScriptEnabled) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled });
      // The links go to BASE_URL, which is not where the test app listens.
      await context.route("http://localhost:5050/**", (route) => route.fulfill({ body: "verified" }));
      const page = await context.newPage();
      const errors: string[] = [];
      page.on("console", (line) => (line.type() === "error" ? errors.push(line.text()) : undefined));
      await page.goto(`${app.url}/dev/mailbox`);
      const frame = page.frameLocator("iframe");
      expect(await frame.getByRole("heading", { level: 1 }).textContent()).toBe("Verify your email for Latchkey");
      const [tab] = await Promise.all([context.waitForEvent("page"), frame.getByRole("link", { name: "Verify email" }).click()]);
      await tab.waitForURL(/^http:\/\/localhost:5050\/verify-email\/confirm\?token=/);
      expect(page.url()).toBe(`${app.url}/dev/mailbox`);
      expect(errors).toEqual([]);
      await context.close();
    },
  );

  it("mailbox: wide screens show the list beside the email, and phones show one of them", async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const [list, email] = [page.getByRole("region", { name: "Emails" }), page.getByRole("article")];
    const shown = async () => [await list.isVisible(), await email.isVisible()];
    await page.goto(`${app.url}/dev/mailbox`);
    expect(await shown()).toEqual([true, true]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await shown()).toEqual([true, false]);
    await list.getByRole("link").last().click();
    expect(await shown()).toEqual([false, true]);
    expect(await email.textContent()).toContain("ada@example.com");
    await page.getByRole("link", { name: "Back to inbox" }).click();
    expect(await shown()).toEqual([true, false]);
    await page.close();
  });
});
