/** Opens every page at 320 px in long words, in German and in right-to-left Arabic. */
// Runs end to end: it starts a browser.
// Runs on one engine: the width of a page does not depend on the database.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenedPage, openEveryPage } from "../every-page.ts";
import { type TestApp, testApp } from "../person.ts";
import { openBrowser } from "./browser.ts";

const settings = { TOKEN_AUDIENCES: "https://api.example.com", SIGNUP: "open" };

describe("languages", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it.each([
    ["the pseudo-language", { ...settings, LANGUAGES: "en,de" }, "ltr", { locale: "pseudo" }],
    ["German", { ...settings, LANGUAGES: "de,en" }, "ltr", {}],
    ["Arabic", { ...settings, LANGUAGES: "ar,en" }, "rtl", {}],
  ] as const)("page in %s: nothing is wider than 320 px, and text begins at the right side", async (_, env, direction, options) => {
    const app = await testApp(env, options);
    const { pages } = await openEveryPage(app);
    const context = await browser.newContext({ viewport: { width: 320, height: 800 } });
    const page = await context.newPage();
    for (const opened of pages) {
      await showAs(context, app, opened);
      await page.goto(app.url + opened.path);
      expect(await overflow(page), `${opened.who} ${opened.path}`).toEqual([]);
      expect(await page.evaluate(() => getComputedStyle(document.body).direction)).toBe(direction);
    }
    expect(pages.length).toBeGreaterThan(40);
    await context.close();
    await app.close();
  });
});

async function showAs(context: BrowserContext, { url }: TestApp, { person }: OpenedPage): Promise<void> {
  await context.clearCookies();
  await context.addCookies([...person.cookies].map(([name, value]) => ({ name, value, url })));
}

/** Elements that stick out of a page which can be scrolled sideways. */
function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return left < -1 || right > root.clientWidth + 1;
      })
      .map((element) => element.outerHTML.slice(0, 200));
  });
}
