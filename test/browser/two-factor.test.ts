/** Tests two-factor authentication in a real browser, with and without scripts. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { type Phone, phoneWith, wrongCode } from "../two-factor.ts";
import { logIn } from "./acts.ts";
import { openBrowser } from "./browser.ts";

let browser: Browser;
let app: TestApp;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each([
  ["with scripts", true],
  ["without scripts", false],
])("two-factor authentication %s", (_, javaScriptEnabled) => {
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    app = await testApp({}, { verified: true });
    await app.person().signsUp();
    context = await browser.newContext({ javaScriptEnabled, acceptDownloads: true });
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await app.close();
  });

  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
  const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
  const sees = (text: string) => page.getByText(text).first().waitFor();

  async function setsUp(): Promise<Phone> {
    await page.goto(`${app.url}/settings/two-factor`);
    await press("Set up an authenticator app");
    await page.getByRole("img", { name: "QR code with the key below" }).waitFor();
    const phone = phoneWith(app, ((await page.locator(".secret").textContent()) ?? "").replaceAll(" ", ""));
    await fill("Name of the app", "My phone");
    await fill("Code from the app", phone.code());
    await press("Confirm");
    await heading("Save your recovery codes");
    app.passes(30_000);
    return phone;
  }

  async function beginsLogin(): Promise<void> {
    await context.clearCookies();
    await logIn(page, app);
    await heading("Two-factor authentication");
  }

  it("two-factor: is set up, and a code, a wrong code and a recovery code do at a login what they say", async () => {
    await logIn(page, app);
    const phone = await setsUp();
    const codes = await page.locator(".codes code").allTextContents();
    const [file] = await Promise.all([page.waitForEvent("download"), press("Download")]);
    expect(file.suggestedFilename()).toBe("recovery-codes.txt");
    const text = readFileSync(await file.path(), "utf8");
    for (const code of codes) expect(text).toContain(code);
    await page.emulateMedia({ media: "print" });
    expect(await page.getByText("We show them only now.").isVisible()).toBe(false);
    expect([await page.locator(".codes").isVisible(), await page.locator("header").isVisible()]).toEqual([true, false]);
    // Whoever finds the paper in a drawer must know where its codes belong.
    const owner = page.getByText("Recovery codes of ada at Latchkey");
    expect(await owner.isVisible()).toBe(true);
    // No code is broken into two lines, also on paper in landscape format.
    const heights = await page.locator(".codes code").evaluateAll((all) => all.map((code) => code.getClientRects().length));
    expect(new Set(heights)).toEqual(new Set([1]));
    await page.emulateMedia({ media: "screen" });
    expect(await owner.isVisible()).toBe(false);
    await page.getByRole("link", { name: "I've saved them" }).click();
    await sees("My phone");
    await beginsLogin();
    await fill("Code or recovery code", wrongCode(phone));
    await press("Continue");
    await sees("Incorrect code.");
    await fill("Code or recovery code", phone.code());
    await press("Continue");
    await heading("Hello, ada");
    await beginsLogin();
    await fill("Code or recovery code", (codes[0] ?? "").toLowerCase());
    await press("Continue");
    await sees("You've used a recovery code. You have 9 left. If your phone is lost, replace it in Settings.");
  });

  it("two-factor: after a lost phone, a recovery code leads to a new one", async () => {
    await logIn(page, app);
    await setsUp();
    const [code = ""] = await page.locator(".codes code").allTextContents();
    await beginsLogin();
    await fill("Code or recovery code", code);
    await press("Continue");
    await page.goto(`${app.url}/settings/two-factor`);
    await press("Add another app");
    const phone = phoneWith(app, ((await page.locator(".secret").textContent()) ?? "").replaceAll(" ", ""));
    await fill("Name of the app", "New phone");
    await fill("Code from the app", phone.code());
    await press("Confirm");
    await sees("Authenticator app added.");
    await page.locator("main a[href*=remove]").first().click();
    await sees("The codes of My phone will stop working, and your other devices are logged out.");
    await press("Remove the app");
    await sees("Authenticator app removed.");
    app.passes(30_000);
    await beginsLogin();
    await fill("Code or recovery code", phone.code());
    await press("Continue");
    await heading("Hello, ada");
  });
});
