/** Tests pages with large text, in every theme and direction, and in forced colors. */
// Runs end to end: it starts a browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { openBrowser } from "./browser.ts";
import { states } from "./states.ts";

describe("text size", () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowser();
    app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000", EMAIL_LOGIN: "on" });
    await app.person({ username: "ada" }).signsUp();
    page = await (await browser.newContext({ viewport: { width: 390, height: 800 } })).newPage();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  /** How many pixels the page is wider than the screen with text of 200 %. */
  const excess = () =>
    page.evaluate(() => {
      document.documentElement.style.fontSize = "200%";
      return document.documentElement.scrollWidth - innerWidth;
    });

  it("text size: with text of 200 %, every page fits 390 px (WCAG 1.4.4)", async () => {
    for (const { name, reach } of states) {
      await reach(page, app);
      expect(await excess(), name).toBeLessThanOrEqual(0);
    }
  });

  it("text size: with text of 200 %, all parts of pages fit 390 px in each theme, density and direction", async () => {
    for (const theme of ["default", "ink", "clay"])
      for (const density of ["comfortable", "compact"])
        for (const dir of ["ltr", "rtl"]) {
          await page.goto(`${app.url}/dev/theme?theme=${theme}&density=${density}&dir=${dir}`);
          expect(await excess(), `${theme} ${density} ${dir}`).toBeLessThanOrEqual(0);
        }
  });

  it("forced colors: what has only a background has a border, so that it is seen", async () => {
    await page.emulateMedia({ forcedColors: "active" });
    await page.goto(`${app.url}/dev/theme`);
    const invisible = await page.evaluate(() =>
      [
        ...document.querySelectorAll(
          "main :is(.button, .wide-button, .badge, .flash, .summary, .panel, dialog, input:not([type=checkbox]), select)",
        ),
      ]
        .filter((element) => getComputedStyle(element).borderBlockStartStyle === "none")
        .map((element) => element.outerHTML),
    );
    expect(invisible).toEqual([]);
    await page.emulateMedia({ forcedColors: "none" });
  });
});
