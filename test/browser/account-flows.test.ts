/** A person keeps an account in a real browser, with scripts and without: confirms, forgets, changes, looks around, leaves. */
// Runs on one engine: it is about what the browser does.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "../person.ts";
import { openBrowser } from "./browser.ts";
import { logIn, password } from "./states.ts";

let browser: Browser;
let app: TestApp;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
afterEach(() => app.close());

describe.each([
  ["with scripts", true],
  ["without scripts", false],
])("a person with an account, %s", (_, javaScriptEnabled) => {
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeEach(async () => {
    app = await testApp({ LIMIT_EMAILS_PER_IP: "1000/1h" }, { verified: true });
    await app.person().signsUp();
    context = await browser.newContext({ javaScriptEnabled });
    page = await context.newPage();
    complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
  const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
  const told = (text: string) => page.getByText(text).first().waitFor();
  const newest = async (to = "ada@example.com") => (await app.emails(to))[0];
  const codeIn = async (to: string) => /^ {4}(\d{6})$/m.exec((await newest(to))?.text ?? "")?.[1] ?? "";
  const follow = async (path: string, to = "ada@example.com") => page.goto(app.url + linkIn(await newest(to), path));

  it("confirms an address by the digits, and another one by the link", async () => {
    const strict = await testApp({ SIGNUP: "confirm" });
    await app.close();
    app = strict;
    for (const [username, how] of [
      ["digits", "code"],
      ["linker", "link"],
    ] as const) {
      const email = `${username}@example.com`;
      await page.goto(`${app.url}/signup`);
      await fill("Username", username);
      await fill("Email", email);
      await fill("Password", password);
      await fill("Confirm password", password);
      await press("Create account");
      await heading("Check your email");
      if (how === "code") await fill("Verification code", await codeIn(email));
      else await follow("/verify-email/confirm", email);
      expect(page.url()).not.toContain("token=");
      await press("Verify email");
      await told("Email verified. You can log in now.");
    }
  });

  it("is told beside the field that digits are wrong, and is led there", async () => {
    const strict = await testApp({ SIGNUP: "confirm" });
    await app.close();
    app = strict;
    await page.goto(`${app.url}/signup`);
    await fill("Username", "digits");
    await fill("Email", "digits@example.com");
    await fill("Password", password);
    await fill("Confirm password", password);
    await press("Create account");
    await heading("Check your email");
    await fill("Verification code", "12345");
    await press("Verify email");
    await told("Enter the 6-digit code from the email.");
    expect(await page.evaluate("document.activeElement.className")).toBe("summary");
    await page.getByRole("link", { name: "Enter the 6-digit code from the email." }).click();
    expect(await page.getByLabel("Verification code").getAttribute("aria-invalid")).toBe("true");
  });

  it("forgets the password and chooses another", async () => {
    await page.goto(`${app.url}/login`);
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await fill("Email", "ada@example.com");
    await press("Send reset link");
    await told("If an account exists for that email, we've sent a reset link.");
    await follow("/reset-password/choose");
    await heading("Choose a new password");
    expect(page.url()).not.toContain("token=");
    await fill("New password", "a lighthouse at dawn");
    await fill("Confirm new password", "a lighthouse at dawn");
    await press("Change password");
    await told("Log in with your new password.");
    await fill("Email", "ada@example.com");
    await fill("Password", "a lighthouse at dawn");
    await press("Log in");
    await heading("Hello, ada");
  });

  it("changes password, names and address, and takes the address back", async () => {
    await logIn(page, app);
    await page.goto(`${app.url}/settings/change-password`);
    await fill("Current password", password);
    await fill("New password", "a lighthouse at dawn");
    await fill("Confirm new password", "a lighthouse at dawn");
    await press("Change password");
    await heading("Settings");
    await page.goto(`${app.url}/settings/change-username`);
    await fill("New username", "countess");
    await press("Change username");
    await heading("Settings");
    await page.goto(`${app.url}/settings/display-name`);
    await fill("Display name", "Ada Lovelace");
    await press("Save");
    await page.goto(`${app.url}/settings/change-email`);
    await fill("New email", "ada@example.org");
    await press("Send verification code");
    await heading("Check your new inbox");
    await fill("Verification code", await codeIn("ada@example.org"));
    await press("Change email");
    await told("Email updated. Your other devices have been logged out.");
    await page.goto(`${app.url}/dashboard`);
    await heading("Hello, Ada Lovelace");
    await follow("/revert-email");
    await heading("Undo email change");
    await press("Undo email change");
    await heading("Log in");
  });

  it("logs other devices out, one and then all, and reads what happened", async () => {
    for (let i = 0; i < 3; i++) await app.person().logsIn();
    await logIn(page, app);
    await page.goto(`${app.url}/settings/sessions`);
    const buttons = page.getByRole("button", { name: /^Log out .*, IP address/ });
    const others = await buttons.count();
    expect(others).toBe(3);
    await buttons.first().click();
    await told("Device logged out.");
    expect(await buttons.count()).toBe(2);
    await press("Log out all other devices");
    await heading("Sessions");
    expect(await buttons.count()).toBe(0);
    for (let i = 0; i < 9; i++) await app.person().logsIn({ password: "not the password" });
    app.passes(61_000);
    for (let i = 0; i < 9; i++) await app.person().logsIn({ password: "not the password" });
    app.passes(61_000);
    for (let i = 0; i < 9; i++) await app.person().logsIn({ password: "not the password" });
    await page.goto(`${app.url}/settings/activity`);
    await told("Incorrect password entered");
    await page.getByRole("link", { name: "Older events" }).click();
    await told("Account created");
  });

  it("is asked for the password again in the midst of a change, and goes on with what was typed", async () => {
    await logIn(page, app);
    await page.goto(`${app.url}/settings/change-email`);
    await fill("New email", "ada@example.org");
    app.passes(16 * 60_000);
    await press("Send verification code");
    await heading("Confirm it's you");
    await fill("Current password", "not the password");
    await press("Continue");
    await told("Incorrect password. Try again.");
    await fill("Current password", password);
    await press("Continue");
    await heading("Check your new inbox");
    await told("ada@example.org");
  });

  it("throws everybody out by the link in a notice", async () => {
    await logIn(page, app);
    const thief = app.person();
    await thief.logsIn();
    await thief.fillsIn("/settings/change-username", { username: "stolen" });
    await follow("/report-compromise");
    await heading("Wasn't you?");
    await press("This wasn't me: secure my account");
    await told("All sessions have been ended");
    expect((await thief.opens("/dashboard")).status).toBe(303);
  });

  it("takes the data along, asks to be forgotten by keyboard alone, and thinks better of it", async () => {
    await logIn(page, app);
    await page.goto(`${app.url}/settings/export`);
    const [download] = await Promise.all([page.waitForEvent("download"), press("Download")]);
    expect(download.suggestedFilename()).toMatch(/\.json$/);
    await page.goto(`${app.url}/settings/delete`);
    await page.getByLabel("Username").focus();
    await page.keyboard.type("ada");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Delete account");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${app.url}/`);
    await logIn(page, app);
    await heading("Hello, ada");
    expect((await app.s.db.selectFrom("users").select("erase_at").execute())[0]?.erase_at).toBeNull();
  });
});
