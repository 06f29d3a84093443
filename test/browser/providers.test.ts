/** Tests logins with a provider in a real browser, at an OpenID provider of others. */
// Runs end to end: it starts a browser and a provider.
// Runs on one engine: it tests the behavior of the browser.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findUserByEmail } from "../../src/core/users/users.ts";
import { type TestApp, testApp } from "../person.ts";
import { startOidcProvider, type Upstream, upstreamClient } from "../upstream.ts";
import { password } from "./acts.ts";
import { openBrowser } from "./browser.ts";

const site = "http://accounts.friends.test";

describe.each([
  ["with scripts", true],
  ["without scripts", false],
])("logins with a provider, %s", (_, javaScriptEnabled) => {
  let upstream: Upstream;
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let cspErrors: string[];

  beforeAll(async () => {
    upstream = await startOidcProvider({ redirectUri: `${site}/oauth/callback/work` });
    app = await testApp(
      {
        BASE_URL: site,
        PROVIDERS: "work",
        PROVIDER_WORK_NAME: "Work",
        PROVIDER_WORK_ISSUER: upstream.issuer,
        PROVIDER_WORK_CLIENT_ID: upstreamClient.id,
        PROVIDER_WORK_SECRET: upstreamClient.secret,
        PROVIDER_WORK_LINK: "off",
      },
      { verified: true },
    );
    browser = await openBrowser({ "accounts.friends.test": new URL(app.url).host });
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    await upstream.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({ javaScriptEnabled });
    page = await newPage();
    cspErrors = [];
  });
  afterEach(async () => {
    expect(cspErrors).toEqual([]);
    await context.close();
  });

  async function newPage(): Promise<Page> {
    const opened = await context.newPage();
    opened.on("console", (message) => {
      if (message.text().includes("Content Security Policy") && message.location().url.startsWith(site)) cspErrors.push(message.text());
    });
    return opened;
  }

  const continueWith = (on: Page) => on.getByRole("link", { name: /Continue with Work/ }).click();

  /** The pages of the provider: a login, and a consent. */
  async function logsInThere(on: Page, login: string): Promise<void> {
    await on.locator("input[name=login]").fill(login);
    await on.locator("input[name=password]").fill("any");
    await on.locator("button[type=submit]").click();
    const consent = on.getByRole("button", { name: "Continue" });
    // The provider asks for consent once.
    await consent.or(on.locator("header.top")).first().waitFor();
    if (await consent.isVisible()) await consent.click();
  }

  it("provider: a new user signs up by two clicks, and logs in by one", async () => {
    const name = javaScriptEnabled ? "ada" : "lovelace";
    await page.goto(`${site}/signup`);
    await continueWith(page);
    await logsInThere(page, name);
    await page.waitForURL(`${site}/dashboard`);
    expect(await findUserByEmail(app.s, `${name}@example.com`)).toMatchObject({ username: name, email_verified_at: expect.any(Number) });
    await page.goto(`${site}/settings/logins`);
    expect(await page.locator("main").textContent()).toContain(`${name}@example.com`);
    await page.goto(`${site}/logout`);
    await page.getByRole("button", { name: "Log out" }).last().click();
    await page.waitForURL(`${site}/login`);
    expect(await page.locator(".providers").textContent()).toContain("Last used");
    await continueWith(page);
    await page.waitForURL(`${site}/dashboard`);
  });

  it("provider: an account with this email is linked after a login and a confirmation, and then logs in", async () => {
    const name = javaScriptEnabled ? "grace" : "hopper";
    await app.person({ username: name, password }, { origin: site }).isLoggedIn();
    await page.goto(`${site}/login`);
    await continueWith(page);
    await logsInThere(page, name);
    await page.waitForURL(`${site}/login/link`);
    expect(await page.locator("h1").textContent()).toBe("You already have an account");
    await page.getByRole("link", { name: "Log in and link" }).click();
    await page.getByLabel("Email").fill(`${name}@example.com`);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await page.waitForURL(`${site}/login/link`);
    const shown = await page.locator("main").textContent();
    for (const part of ["Link Work", `${name}@example.com`, name]) expect(shown).toContain(part);
    await page.getByRole("button", { name: "Link accounts" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/login"));
    await context.clearCookies({ domain: "accounts.friends.test" });
    await page.goto(`${site}/login`);
    await continueWith(page);
    await page.waitForURL(`${site}/dashboard`);
    expect((await app.emails(`${name}@example.com`)).map(({ kind }) => kind)).toContain("provider-linked");
  });

  it("provider: five tabs that start before one finishes all log in", async () => {
    const name = javaScriptEnabled ? "mary" : "somerville";
    const tabs = [page, await newPage(), await newPage(), await newPage(), await newPage()];
    for (const tab of tabs) {
      await tab.goto(`${site}/login?next=/settings`);
      await continueWith(tab);
      await tab.locator("input[name=login]").waitFor();
    }
    for (const tab of tabs) {
      await logsInThere(tab, name);
      await tab.waitForURL(`${site}/settings`);
    }
  });

  it("provider: Remember me on the login page holds for the button too, by mouse and by keyboard", async () => {
    const name = javaScriptEnabled ? "annie" : "easley";
    const sessionExpires = async () => (await context.cookies(site)).find(({ name: cookie }) => cookie.endsWith("session"))?.expires ?? 0;
    await page.goto(`${site}/login?next=/settings`);
    const buttons = page.getByRole("link", { name: /Continue with Work/ });
    await page.getByLabel("Remember me").check();
    expect(await buttons.count()).toBe(1);
    await buttons.click();
    await logsInThere(page, name);
    await page.waitForURL(`${site}/settings`);
    expect(await sessionExpires()).toBeGreaterThan(Date.now() / 1_000 + 86_400);
    await context.clearCookies({ domain: "accounts.friends.test" });
    await page.goto(`${site}/login`);
    await page.getByLabel("Remember me").check();
    await page.getByLabel("Remember me").uncheck();
    expect(await buttons.count()).toBe(1);
    await buttons.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`${site}/dashboard`);
    expect(await sessionExpires()).toBe(-1);
  });

  it("provider: a refusal there leads back to the login page, which says so and offers the other ways", async () => {
    await page.goto(`${site}/login`);
    await continueWith(page);
    await page.getByRole("link", { name: /cancel/i }).click();
    await page.waitForURL(/\/login/);
    expect(await page.locator("main").textContent()).toContain("You didn't log in with Work. Try again, or log in another way.");
    await page.getByLabel("Password", { exact: true }).waitFor();
  });

  it("provider: one that is down costs a sentence, and the other ways stay", async () => {
    const down = await testApp({
      BASE_URL: site,
      PROVIDERS: "work",
      PROVIDER_WORK_NAME: "Work",
      PROVIDER_WORK_ISSUER: "http://localhost:9",
      PROVIDER_WORK_CLIENT_ID: "client",
      PROVIDER_WORK_SECRET: "a secret",
    });
    const other = await openBrowser({ "accounts.friends.test": new URL(down.url).host });
    const on = await (await other.newContext({ javaScriptEnabled })).newPage();
    await on.goto(`${site}/login`);
    await continueWith(on);
    await on.waitForURL(/\/login/);
    expect(await on.locator("main").textContent()).toContain("Work can't be reached at the moment.");
    await on.getByLabel("Password", { exact: true }).waitFor();
    await other.close();
    await down.close();
  });
});
