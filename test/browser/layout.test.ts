/** Tests the layout of rows, tabs and checkboxes in a real browser. */
// Runs end to end: it starts a browser.
// Runs on one engine: the layout of a page does not depend on the database.
import { wcagContrast } from "culori";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actingAs } from "../../src/core/request-info.ts";
import { grantRole } from "../../src/core/users/roles.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { fontFaces, fontFamilies } from "../../tools/pictures/fonts.ts";
import { type TestApp, testApp } from "../person.ts";
import { logIn } from "./acts.ts";
import { openBrowser } from "./browser.ts";

describe("layout", () => {
  let browser: Browser;
  let app: TestApp;
  let page: Page;
  let id: string;
  beforeAll(async () => {
    [browser, app] = await Promise.all([
      openBrowser(),
      testApp(
        { LANGUAGES: "en,de,ar", TERMS_URL: "/terms", PRIVACY_URL: "/privacy", THEME_FONT: fontFamilies },
        { styleSheet: fontFaces() },
      ),
    ]);
    await app.person().signsUp();
    id = (await findUserByName(app.s, "ada"))?.id ?? "";
    await grantRole(app.s, id, "admin", actingAs("command line"));
    // The policy of pages allows no fonts; lengths of lines depend on them.
    page = await browser.newPage({ bypassCSP: true, userAgent: "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0" });
    await logIn(page, app);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  async function opens(path: string, { width, locale = "en" }: { width: number; locale?: string }): Promise<void> {
    await app.s.db.updateTable("users").set({ locale }).execute();
    await page.setViewportSize({ width, height: 800 });
    await page.goto(app.url + path);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
  }

  async function boxOf(locator: Locator) {
    const box = await locator.boundingBox();
    if (!box) throw new Error(`${locator} is not shown.`);
    return box;
  }

  /** Number of lines of text: texts whose heights overlap share one. */
  function linesOf(row: Locator): Promise<number> {
    return row.evaluate((element) => {
      const rects: DOMRect[] = [];
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        rects.push(...range.getClientRects());
      }
      const middles = rects.filter(({ width }) => width > 0).map(({ top, bottom }) => (top + bottom) / 2);
      const sorted = middles.sort((one, other) => one - other);
      return sorted.filter((middle, i) => i === 0 || middle - (sorted[i - 1] ?? 0) > 8).length;
    });
  }

  it.each(["en", "de", "ar"])("layout: in %s an event is one line on wide screens and two on phones", async (locale) => {
    for (const path of ["/settings/activity", `/admin/user?id=${id}`]) {
      for (const [width, lines] of [
        [1280, 1],
        [390, 2],
      ] as const) {
        await opens(path, { width, locale });
        const rows = page.locator("ol .row", { hasText: "127.0.0.1" });
        expect(await rows.count()).toBeGreaterThan(1);
        for (const row of await rows.all()) expect(await linesOf(row), `${path}, ${width}, ${await row.innerText()}`).toBe(lines);
      }
    }
  });

  it("layout: on phones, a long button moves below the value of its row", async () => {
    await opens(`/admin/user?id=${id}`, { width: 390, locale: "de" });
    const row = page.locator(".row", { has: page.locator('a[data-dialog="ask-send-reset"]') });
    const [value, button] = [await row.locator(".value").boundingBox(), await row.locator("a").boundingBox()];
    expect(button?.y).toBeGreaterThan((value?.y ?? 0) + (value?.height ?? 0));
    expect(value?.width).toBeGreaterThan(300);
  });

  it("layout: on phones, an action beside its text ends where the row ends, and a long one is below the text", async () => {
    await app.person().logsIn();
    for (const [locale, isBeside] of [
      ["en", true],
      ["de", false],
    ] as const) {
      await opens("/settings/sessions", { width: 390, locale });
      const row = page.locator(".row", { has: page.locator("form") }).first();
      const [whole, value, button] = await Promise.all([boxOf(row), boxOf(row.locator(".value")), boxOf(row.locator("button"))]);
      expect(button.y < value.y + value.height, locale).toBe(isBeside);
      expect(value.x, locale).toBeGreaterThan(whole.x + 40);
      if (isBeside) expect(whole.x + whole.width - button.x - button.width).toBeLessThan(24);
      else expect(button.x).toBe(value.x);
    }
  });

  it.each(["en", "de", "ar"])("layout: in %s the way back and the menu of the settings share a line on phones", async (locale) => {
    await opens("/settings", { width: 390, locale });
    const paths = await page
      .locator("#settings-menu a")
      .evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) {
      await opens(path, { width: 390, locale });
      const [back, button] = await Promise.all([boxOf(page.locator(".crumb ol")), boxOf(page.locator(".crumb button"))]);
      expect([path, back.y < button.y + button.height && button.y < back.y + back.height]).toEqual([path, true]);
      // The heading below says it.
      expect(await page.locator(".crumb").innerText()).not.toContain(await page.locator("h1").innerText());
    }
  });

  it("layout: each entry of the menu of the settings, and each label beside it, is one line on wide screens", async () => {
    await opens("/settings", { width: 1280 });
    for (const entry of await page.locator("#settings-menu a, .row > .label").all())
      expect(await linesOf(entry), await entry.innerText()).toBe(1);
  });

  it.each(["en", "de", "ar"])(
    "layout: in %s the button that shows the password has space to both sides, beside the password",
    async (locale) => {
      await opens("/settings/change-password", { width: 390, locale });
      const field = page.locator(".password").first();
      for (let i = 0; i < 2; i++) {
        const space = await field.evaluate((element) => {
          const [input, button, range] = [element.querySelector("input"), element.querySelector("button"), document.createRange()];
          if (!input || !button) throw new Error("There is no button.");
          range.selectNodeContents(button);
          const [whole, text] = [input.getBoundingClientRect(), range.getBoundingClientRect()];
          const { paddingLeft, paddingRight } = getComputedStyle(input);
          const reserved = Math.max(Number.parseFloat(paddingLeft), Number.parseFloat(paddingRight));
          const outside = Math.min(text.left - whole.left, whole.right - text.right);
          return { outside, inside: reserved - text.width - outside };
        });
        expect(space.outside).toBeGreaterThanOrEqual(12);
        expect(space.inside).toBeGreaterThanOrEqual(4);
        await field.locator("button").click();
      }
    },
  );

  it("layout: in the settings, a form with a field is a card, red where it is dangerous, and a button alone is none", async () => {
    const borderOf = () =>
      page
        .locator("main > form")
        .first()
        .evaluate((form) => getComputedStyle(form).borderTopWidth);
    await opens("/settings/change-email", { width: 1280 });
    expect(await borderOf()).toBe("1px");
    await page.fill("#email", "lovelace@example.com");
    await Promise.all([page.waitForEvent("load"), page.locator("main form button[type=submit]").first().click()]);
    await opens("/settings/change-email/withdraw", { width: 1280 });
    expect(await borderOf()).toBe("0px");
    const colorOf = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).borderTopColor);
    await opens("/settings/display-name", { width: 1280 });
    const plain = await colorOf("main > form");
    await opens("/settings/delete", { width: 1280 });
    expect(await colorOf("main > form")).not.toBe(plain);
  });

  it("layout: in Arabic, text of fields begins at the right, also where it is written from left to right", async () => {
    const styleOf = (selector: string) =>
      page.locator(selector).evaluate((element) => {
        const { textAlign, direction, unicodeBidi } = getComputedStyle(element);
        return [textAlign, direction, unicodeBidi];
      });
    await opens("/settings/change-username", { width: 390, locale: "ar" });
    expect(await styleOf("#username")).toEqual(["right", "rtl", "plaintext"]);
    await opens("/settings/change-password", { width: 390, locale: "ar" });
    expect(await styleOf("#password")).toEqual(["right", "ltr", "plaintext"]);
    await opens("/settings/change-email?correct=1", { width: 390, locale: "ar" });
    expect(await styleOf("#email")).toEqual(["right", "ltr", "plaintext"]);
  });

  it("layout: the languages in the footer end where the page ends, and below the links they begin where these begin", async () => {
    const gap = 8;
    await opens("/settings", { width: 390, locale: "de" });
    const [link, below] = await Promise.all([boxOf(page.locator(".bottom a").first()), boxOf(page.locator(".languages"))]);
    expect(below.y).toBeGreaterThan(link.y + 20);
    expect(below.x + gap).toBeCloseTo(link.x);
    await opens("/settings", { width: 1280, locale: "de" });
    const [main, beside] = await Promise.all([boxOf(page.locator("main")), boxOf(page.locator(".languages"))]);
    expect(beside.x + beside.width - gap).toBeCloseTo(main.x + main.width);
  });

  it.each(["en", "de", "ar"])("layout: in %s the current tab is visible on phones", async (locale) => {
    await opens("/admin/charts", { width: 390, locale });
    const { x, width } = (await page.locator(".tabs [aria-current]").boundingBox()) ?? { x: -1, width: 0 };
    expect([x >= 0, x + width <= 390]).toEqual([true, true]);
  });

  it.each(["light", "dark"] as const)(
    "checkbox: in the %s scheme it has a contrast of 3:1 with and without a check",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await opens("/login?switch=1", { width: 1280 });
      const box = page.locator("#remember");
      const colors = () =>
        box.evaluate((element) => {
          const { appearance, borderTopColor, backgroundColor } = getComputedStyle(element);
          const mark = getComputedStyle(element, "::before").backgroundColor;
          return { appearance, border: borderTopColor, background: backgroundColor, mark };
        });
      const surface = await page.locator("main").evaluate((element) => getComputedStyle(element).backgroundColor);
      const empty = await colors();
      expect(empty.appearance).toBe("none");
      expect(wcagContrast(empty.border, surface)).toBeGreaterThanOrEqual(3);
      await box.check();
      const checked = await colors();
      expect(wcagContrast(checked.background, surface)).toBeGreaterThanOrEqual(3);
      expect(wcagContrast(checked.mark, checked.background)).toBeGreaterThanOrEqual(3);
      await page.emulateMedia({ colorScheme: null });
    },
  );

  it("checkbox: with forced colors it is that of the system", async () => {
    await page.emulateMedia({ forcedColors: "active" });
    await opens("/login?switch=1", { width: 1280 });
    await page.locator("#remember").check();
    const style = await page
      .locator("#remember")
      .evaluate((element) => [getComputedStyle(element).appearance, getComputedStyle(element, "::before").content]);
    expect(style).toEqual(["auto", "none"]);
    await page.emulateMedia({ forcedColors: null });
  });
});
