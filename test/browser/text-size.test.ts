/** Tests pages with large text, in every theme and direction, and in forced colors. */
// Runs end to end: it starts a browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { logIn } from "./acts.ts";
import { openBrowser } from "./browser.ts";
import { appWithProviders } from "./provider-states.ts";
import { stateSettings, states } from "./states.ts";

describe("text size", () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowser();
    app = await appWithProviders(stateSettings);
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

  /** Texts of the page that stand in columns of single letters, and buttons with a broken word. */
  const squeezed = () =>
    page.evaluate(() => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: string[] = [];
      while (texts.nextNode()) {
        const node = texts.currentNode;
        const text = node.textContent?.trim() ?? "";
        const range = document.createRange();
        range.selectNodeContents(node);
        const lines = new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom))).size;
        const fewest = node.parentElement?.closest(".button") ? text.length / text.split(/\s+/).length : 4;
        if (lines > 1 && text.length / lines < fewest) found.push(`${text}: ${lines} lines`);
      }
      return found;
    });

  it("text size: with text of 200 %, every page fits 390 px without columns of single letters (WCAG 1.4.4)", async () => {
    for (const { name, reach } of states) {
      await reach(page, app);
      expect(await excess(), name).toBeLessThanOrEqual(0);
      expect(await squeezed(), name).toEqual([]);
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

  it("header: the initial of an administrator's name has no line of its own, in any width and in German", async () => {
    const german = await testApp({ LANGUAGES: "de" });
    await german.person().signsUp();
    await german.s.db.updateTable("users").set({ roles: "admin" }).execute();
    await logIn(page, german);
    const alone: number[] = [];
    for (let width = 320; width <= 1280; width += 20) {
      await page.setViewportSize({ width, height: 800 });
      const isAlone = await page.evaluate(() => {
        const middleOf = (selector: string) => {
          const { top, bottom, height } = document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
          return height > 0 ? (top + bottom) / 2 : undefined;
        };
        const [initial, before] = [middleOf(".me"), middleOf(".top .menu-button") ?? middleOf(".top nav")];
        return initial !== undefined && Math.abs(initial - (before ?? 0)) > 4;
      });
      if (isAlone) alone.push(width);
    }
    expect(alone).toEqual([]);
    await german.close();
  });
});
