/** Tests account flows in a real browser, with and without scripts. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "../person.ts";
import { logIn, password } from "./acts.ts";
import { openBrowser } from "./browser.ts";

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
])("account flows %s", (_, javaScriptEnabled) => {
  let context: BrowserContext;
  let page: Page;
  let consoleErrors: string[];

  beforeEach(async () => {
    app = await testApp({ LIMIT_EMAILS_PER_IP: "1000/1h" }, { verified: true });
    await app.person().signsUp();
    context = await browser.newContext({ javaScriptEnabled });
    page = await context.newPage();
    consoleErrors = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) consoleErrors.push(message.text());
    });
    page.on("pageerror", (error) => consoleErrors.push(String(error)));
  });
  afterEach(async () => {
    expect(consoleErrors).toEqual([]);
    await context.close();
  });

  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
  const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
  const seesText = (text: string) => page.getByText(text).first().waitFor();
  const newestEmail = async (to = "ada@example.com") => (await app.emails(to))[0];
  const codeIn = async (to: string) => /^ {4}(\d{6})$/m.exec((await newestEmail(to))?.text ?? "")?.[1] ?? "";
  const follow = async (path: string, to = "ada@example.com") => page.goto(app.url + linkIn(await newestEmail(to), path));

  it("verify email: works by code and by link", async () => {
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
      await heading("Check your inbox");
      if (how === "code") await fill("Verification code", await codeIn(email));
      else await follow("/verify-email/confirm", email);
      expect(page.url()).not.toContain("token=");
      await press("Verify email");
      await seesText("Email verified. You can log in now.");
    }
  });

  it("verify email: a wrong code moves the focus to the error summary and marks the field", async () => {
    const strict = await testApp({ SIGNUP: "confirm" });
    await app.close();
    app = strict;
    await page.goto(`${app.url}/signup`);
    await fill("Username", "digits");
    await fill("Email", "digits@example.com");
    await fill("Password", password);
    await fill("Confirm password", password);
    await press("Create account");
    await heading("Check your inbox");
    await fill("Verification code", "12345");
    await press("Verify email");
    await seesText("Enter the 6-digit code from the email.");
    expect(await page.evaluate("document.activeElement.className")).toBe("summary");
    await page.getByRole("link", { name: "Enter the 6-digit code from the email." }).click();
    expect(await page.getByLabel("Verification code").getAttribute("aria-invalid")).toBe("true");
  });

  it("reset password: works by the emailed link", async () => {
    await page.goto(`${app.url}/login`);
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await fill("Email", "ada@example.com");
    await press("Send reset link");
    await heading("Check your inbox");
    await seesText("we've sent a reset link to it.");
    await follow("/reset-password/choose");
    await heading("Choose a new password");
    expect(page.url()).not.toContain("token=");
    await fill("New password", "a lighthouse at dawn");
    await fill("Confirm new password", "a lighthouse at dawn");
    await press("Change password");
    await seesText("Log in with your new password.");
    expect(await page.getByLabel("Email").inputValue()).toBe("ada@example.com");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("password");
    await page.keyboard.insertText("a lighthouse at dawn");
    await press("Log in");
    await heading("Hello, ada");
  });

  it("settings: password, username, display name and email change, and the email is reverted", async () => {
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
    await heading("Check your inbox");
    await fill("Verification code", await codeIn("ada@example.org"));
    await press("Change email");
    await seesText("Email updated. Your other devices have been logged out.");
    await page.goto(`${app.url}/dashboard`);
    await heading("Hello, Ada Lovelace");
    await follow("/revert-email");
    await heading("Undo email change");
    await press("Undo email change");
    await heading("Log in");
  });

  it("settings on a phone: the menu opens from its button, and leads to its pages", async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await logIn(page, app);
    await page.goto(`${app.url}/settings/sessions`);
    const entry = page.getByRole("navigation", { name: "Settings", exact: true }).getByRole("link", { name: "Username" });
    expect(await entry.isVisible()).toBe(false);
    await press("Settings menu");
    await entry.click();
    await heading("Username");
    await page.goto(`${app.url}/settings/change-email/confirm`);
    await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Email" }).click();
    await heading("Email");
    await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Settings" }).click();
    await heading("Settings");
  });

  it("sessions and activity: other sessions end, and older events are shown", async () => {
    for (let i = 0; i < 3; i++) await app.person().logsIn();
    await logIn(page, app);
    await page.goto(`${app.url}/settings/sessions`);
    const buttons = page.getByRole("button", { name: /^Log out .*, IP address/ });
    const others = await buttons.count();
    expect(others).toBe(3);
    await buttons.first().click();
    await seesText("Device logged out.");
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
    await seesText("Incorrect password entered");
    await page.getByRole("link", { name: "Older events" }).click();
    await seesText("Account created");
  });

  it("reauthentication: a change continues with its values after the password", async () => {
    await logIn(page, app);
    await page.goto(`${app.url}/settings/change-email`);
    await fill("New email", "ada@example.org");
    app.passes(16 * 60_000);
    await press("Send verification code");
    await heading("Confirm it's you");
    await fill("Current password", "not the password");
    await press("Continue");
    await seesText("Incorrect password. Try again.");
    await fill("Current password", password);
    await press("Continue");
    await heading("Check your inbox");
    await seesText("ada@example.org");
  });

  it("report compromise: the link in a notice ends all sessions", async () => {
    await logIn(page, app);
    const attacker = app.person();
    await attacker.logsIn();
    await attacker.fillsIn("/settings/change-username", { username: "stolen" });
    await follow("/report-compromise");
    await heading("Wasn't you?");
    await press("This wasn't me: secure my account");
    await seesText("All devices have been logged out");
    expect((await attacker.opens("/dashboard")).status).toBe(303);
  });

  it("export and delete: the download works, deletion works by keyboard, and a login cancels it", async () => {
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
