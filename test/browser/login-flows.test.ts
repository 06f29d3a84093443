/** Tests sign-up and login in a real browser, with and without scripts. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { logIn, password, send } from "./acts.ts";
import { openBrowser } from "./browser.ts";

let browser: Browser;
let app: TestApp;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  app = await testApp();
  await app.person({ username: "grace" }).signsUp();
});
afterEach(() => app.close());

describe.each([
  ["with scripts", true],
  ["without scripts", false],
])("login flows %s", (_, javaScriptEnabled) => {
  let context: BrowserContext;
  let page: Page;
  let consoleErrors: string[];
  let externalRequests: string[];

  beforeEach(async () => {
    context = await browser.newContext({ javaScriptEnabled });
    page = await context.newPage();
    consoleErrors = [];
    externalRequests = [];
    // The console reports responses such as 422 as errors, which are expected.
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) consoleErrors.push(message.text());
    });
    page.on("pageerror", (error) => consoleErrors.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(app.url)) externalRequests.push(request.url());
    });
  });
  afterEach(async () => {
    expect(consoleErrors).toEqual([]);
    expect(externalRequests).toEqual([]);
    await context.close();
  });

  it("sign-up to logout: every page works, and going back shows no private page", { tags: ["asvs-14.3.1"] }, async () => {
    await page.goto(app.url);
    await page.getByRole("link", { name: "Create account" }).last().click();
    await page.getByLabel("Username").fill("ada");
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel("Confirm password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.waitForURL("**/login");
    expect(await page.getByRole("status").textContent()).toContain("Account created successfully! Please log in.");
    expect(await page.getByLabel("Email").inputValue()).toBe("ada@example.com");
    expect(await page.getByLabel("Password", { exact: true }).evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.insertText(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL("**/dashboard");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Hello, ada");
    expect(await page.title()).toBe("Dashboard · Latchkey");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("**/login");
    expect(await page.getByRole("status").textContent()).toContain("You have been logged out successfully.");
    await page.goBack();
    await page.waitForLoadState();
    expect(await page.locator("body").textContent()).not.toContain("Hello, ada");
  });

  it("form errors: the summary gets the focus, and values are kept except passwords", async () => {
    await page.goto(`${app.url}/signup`);
    await page.fill("#username", "ad");
    await page.fill("#email", "grace@example.com");
    await send(page);
    expect(await page.title()).toBe("Error: Create account · Latchkey");
    expect(await page.locator(".summary").evaluate((element) => element === document.activeElement)).toBe(true);
    await page.locator(".summary a").first().click();
    expect(await page.locator("#username").evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.inputValue("#username")).toBe("ad");
    expect(await page.inputValue("#password")).toBe("");
    await page.fill("#username", "grace");
    await page.fill("#password", password);
    await page.fill("#confirm_password", `${password}!`);
    await send(page);
    expect(await page.locator("#confirm_password-problem").textContent()).toContain("The passwords don't match.");
    await page.fill("#password", password);
    await page.fill("#confirm_password", password);
    await send(page);
    expect(await page.locator("#username-problem").textContent()).toContain("This username is taken.");
    expect(await page.locator("#email-problem").textContent()).toContain("An account with this email already exists.");
  });

  it("two tabs: a login form from before a login keeps its email and works again", async () => {
    const other = await context.newPage();
    await other.goto(`${app.url}/login`);
    await other.fill("#email", "grace@example.com");
    await other.fill("#password", password);
    await logIn(page, app, "grace@example.com");
    await send(other);
    expect(await other.locator(".summary").textContent()).toContain("Your form expired.");
    expect(await other.inputValue("#email")).toBe("grace@example.com");
    await other.fill("#password", password);
    await send(other);
    expect(other.url()).toBe(`${app.url}/dashboard`);
  });

  it("double click: creates one account and one session", async () => {
    await page.goto(`${app.url}/signup`);
    await page.fill("#username", "clicker");
    await page.fill("#email", "clicker@example.com");
    await page.fill("#password", password);
    await page.fill("#confirm_password", password);
    await page.locator("main button[type=submit]").dblclick();
    await page.waitForURL("**/login");
    await page.fill("#email", "clicker@example.com");
    await page.fill("#password", password);
    await page.locator("main button[type=submit]").dblclick();
    await page.waitForURL("**/dashboard");
    const user = app.s.db.selectFrom("users").select("id").where("username", "=", "clicker");
    expect(await app.s.db.selectFrom("sessions").select("user_id").where("user_id", "in", user).execute()).toHaveLength(1);
  });

  it("remember me: the session survives a restart of the browser only if checked", async () => {
    for (const remembered of [true, false]) {
      await page.goto(`${app.url}/login?switch=1`);
      await page.fill("#email", "grace@example.com");
      await page.fill("#password", password);
      if (remembered) await page.getByLabel("Remember me").check();
      await send(page);
      const kept = (await context.cookies()).filter(({ expires }) => expires > 0);
      await context.clearCookies();
      await context.addCookies(kept);
      await page.goto(`${app.url}/dashboard`);
      expect(page.url()).toBe(remembered ? `${app.url}/dashboard` : `${app.url}/login?next=%2Fdashboard`);
    }
  });

  it("login: returns to the requested page", async () => {
    await page.goto(`${app.url}/dashboard?from=here`);
    expect(await page.getByRole("alert").textContent()).toContain("Please log in to access this page.");
    await page.fill("#email", "grace@example.com");
    await page.fill("#password", password);
    await send(page);
    expect(page.url()).toBe(`${app.url}/dashboard?from=here`);
  });

  it("password field: scripts add a show button and a strength meter", async () => {
    await page.goto(`${app.url}/signup`);
    const show = page.locator("button.show").first();
    expect(await show.isVisible()).toBe(javaScriptEnabled);
    if (!javaScriptEnabled) return;
    await page.fill("#password", "password1");
    const meter = page.locator(".strength");
    await meter.filter({ hasText: "Very weak" }).waitFor();
    await page.fill("#password", "seventeen walruses hum baroque fugues");
    await meter.filter({ hasText: "Very strong" }).waitFor();
    await show.click();
    expect(await page.getAttribute("#password", "type")).toBe("text");
    await page.getByRole("button", { name: "Hide password: Password", exact: true }).click();
    expect(await page.getAttribute("#password", "type")).toBe("password");
    await page.getByRole("button", { name: "Show password: Confirm password", exact: true }).click();
    expect([await page.getAttribute("#password", "type"), await page.getAttribute("#confirm_password", "type")]).toEqual([
      "password",
      "text",
    ]);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([0, 0, ""]);
  });
});

describe("browser security", () => {
  it("CSP: inline scripts and framing are blocked", { tags: ["asvs-3.4.3", "asvs-3.4.6"] }, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${app.url}/login`);
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.intruder = true";
      document.body.append(script);
      return "intruder" in globalThis;
    });
    expect(ran).toBe(false);
    await page.route("https://evil.test/", (route) =>
      route.fulfill({ contentType: "text/html", body: `<iframe src="${app.url}/login"></iframe>` }),
    );
    await page.goto("https://evil.test/");
    const frame = page.frames()[1];
    expect(await frame?.content().catch(() => "")).not.toContain("Log in");
    await context.close();
  });

  it("next: hostile URLs do not leave the site in a browser", { tags: ["asvs-3.7.2"] }, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    for (const next of [
      "//evil.test",
      "/\\evil.test",
      "/\t/evil.test",
      "/..//evil.test",
      "https:evil.test",
      "/%5cevil.test",
      "javascript:alert(1)",
    ]) {
      await page.goto(`${app.url}/login?switch=1&next=${encodeURIComponent(next)}`);
      await page.fill("#email", "grace@example.com");
      await page.fill("#password", password);
      await send(page);
      expect(new URL(page.url()).origin, next).toBe(app.url);
    }
    await context.close();
  });
});

describe("keyboard", () => {
  it("keyboard: the focus is visible and follows the reading order, and login works", { tags: ["asvs-6.2.7"] }, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${app.url}/login`);
    const stops: string[] = [];
    const tab = async () => {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const label = element.getAttribute("aria-label") ?? element.id ?? "";
        return { name: label || element.textContent?.trim() || element.tagName, outline: getComputedStyle(element).outlineStyle };
      });
      expect(stop.outline, stop.name).not.toBe("none");
      stops.push(stop.name);
    };
    for (let i = 0; i < 10; i++) await tab();
    expect(stops).toEqual([
      "Skip to content",
      "Latchkey",
      "Log in",
      "Create account",
      "email",
      "password",
      "Show password",
      "remember",
      "Log in",
      "Forgot your password?",
    ]);
    await page.focus("#email");
    await page.keyboard.type("grace@example.com");
    await page.keyboard.press("Tab");
    await page.keyboard.insertText(password);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(await page.isChecked("#remember")).toBe(true);
    await Promise.all([page.waitForURL("**/dashboard"), page.keyboard.press("Enter")]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    await context.close();
  });
});
