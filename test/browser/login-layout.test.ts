/** Tests the layout of the pages that log in and sign up, in a real browser. */
// Runs end to end: it starts a browser.
// Runs on one engine: the layout of a page does not depend on the database.
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fontFaces, fontFamilies } from "../../tools/pictures/fonts.ts";
import { type ProviderApp, providerApp } from "../provider-app.ts";
import { openBrowser } from "./browser.ts";

describe.each(["en", "ar"])("login layout, in %s", (language) => {
  let browser: Browser;
  let app: ProviderApp;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    const env = {
      SIGNUP: "open",
      EMAIL_LOGIN: "on",
      LANGUAGES: language,
      PROVIDERS: "github,work",
      PROVIDER_GITHUB_CLIENT_ID: "client",
      PROVIDER_GITHUB_SECRET: "a secret",
      PROVIDER_WORK_NAME: "Example Ltd",
      THEME_FONT: fontFamilies,
    };
    [browser, app] = await Promise.all([openBrowser(), providerApp(env, { styleSheet: fontFaces() })]);
    await app.person({ username: "stranger" }).signsUp();
    // The policy of pages allows no fonts; lengths of lines depend on them.
    context = await browser.newContext({ bypassCSP: true });
    await context.addCookies([{ name: "latchkey_provider", value: "work", url: app.url }]);
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const opens = async (path: string, width: number) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(app.url + path);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
  };
  const boxOf = async (locator: Locator) => {
    const box = await locator.boundingBox();
    if (!box) throw new Error(`${locator} is not shown.`);
    return { ...box, end: box.y + box.height };
  };
  const shown = (selector: string) => page.locator(selector).filter({ visible: true });

  it("login layout: on a phone, the header is one line on each page", async () => {
    for (const path of ["/login", "/signup"]) {
      await opens(path, 360);
      const [brand, nav] = [await boxOf(page.locator(".brand")), await boxOf(page.locator(".top nav"))];
      expect([path, nav.y < brand.end && brand.y < nav.end]).toEqual([path, true]);
    }
  });

  it("login layout: on a phone, the mark of the last provider leaves its button as high as the others", async () => {
    await opens("/login", 390);
    const [github, work] = [await boxOf(shown(".provider").nth(0)), await boxOf(shown(".provider").nth(1))];
    expect(await shown(".provider .badge").count()).toBe(1);
    expect(work.height).toBe(github.height);
    // A name of the issuer's own has a sign as large as the logos.
    const [logo, own] = [await boxOf(shown(".provider svg").nth(0)), await boxOf(shown(".provider svg").nth(1))];
    expect([own.width, own.height]).toEqual([logo.width, logo.height]);
  });

  it("login layout: the help with the password is below its form, and buttons have even gaps", async () => {
    await opens("/login", 390);
    const forgot = await boxOf(page.locator('a[href="/reset-password"]'));
    const [form, first, second] = [page.locator("main form").first(), shown(".provider").nth(0), shown(".provider").nth(1)];
    expect((await boxOf(form)).end).toBeLessThanOrEqual(forgot.y);
    expect(forgot.end).toBeLessThan((await boxOf(page.locator(".or"))).y);
    const buttons = form.locator(".wide-button");
    const gap = (await boxOf(buttons.nth(1))).y - (await boxOf(buttons.nth(0))).end;
    expect((await boxOf(second)).y - (await boxOf(first)).end).toBeCloseTo(gap);
  });

  it("login layout: a card that is higher than the window has space below it", async () => {
    for (const path of ["/login", "/signup"]) {
      await page.setViewportSize({ width: 1280, height: 500 });
      await page.goto(app.url + path);
      const { end } = await boxOf(page.locator("main"));
      const below = (await page.evaluate(() => document.documentElement.scrollHeight)) - end;
      expect([path, below >= 20]).toEqual([path, true]);
    }
  });

  it("login layout: on a phone, the buttons for an email that did not arrive are beside their texts", async () => {
    await opens("/reset-password", 390);
    await page.fill("#email", "stranger@example.com");
    await Promise.all([page.waitForEvent("load"), page.locator("main form button").first().click()]);
    const rows = page.locator("main .row", { has: page.locator(".button") });
    expect(await rows.count()).toBe(2);
    for (const row of await rows.all()) {
      const [text, button] = [await boxOf(row.locator(".value")), await boxOf(row.locator(".button"))];
      expect(button.y).toBeLessThan(text.end);
      expect(text.y).toBeLessThan(button.end);
    }
  });

  it("login layout: on a phone, the buttons of a choice are below their texts", async () => {
    await opens("/login", 390);
    app.peer.user = { sub: "claims", email: "stranger@example.com", email_verified: true };
    const started = await page.request.get(`${app.url}/oauth/start/work`, { maxRedirects: 0 });
    const { url } = await app.peer.authorize(started.headers()["location"] ?? "");
    await page.goto(app.url + new URL(url).pathname + new URL(url).search);
    const rows = page.locator("main .row");
    expect(await rows.count()).toBe(2);
    for (const row of await rows.all()) {
      const [text, button, main] = [await boxOf(row.locator(".value")), await boxOf(row.locator(".button")), await boxOf(row)];
      expect(button.y).toBeGreaterThanOrEqual(text.end);
      expect(text.width).toBeCloseTo(main.width, 0);
    }
  });
});
