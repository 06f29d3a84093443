/** Tests the story of a user who sets up a second factor, and loses the phone, in a real browser, with and without scripts. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "../person.ts";
import { type Phone, phoneWith, waitsForRecovery } from "../two-factor.ts";
import { password } from "./acts.ts";
import { openBrowser } from "./browser.ts";

const email = "ada@example.com";

let browser: Browser;
let app: TestApp;
let context: BrowserContext;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  await context.close();
  await app.close();
});

describe.each([
  ["with scripts", true],
  ["without scripts", false],
])("a lost phone, %s", (_, javaScriptEnabled) => {
  async function opens(env: Record<string, string>): Promise<void> {
    app = await testApp({ SIGNUP: "open", ...env });
    context = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 800 } });
    page = await context.newPage();
  }

  // Passkeys need a host name.
  const go = (path: string) => page.goto(app.url.replace("127.0.0.1", "localhost") + path);
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  const follow = (name: string) => page.getByRole("link", { name, exact: true }).click();
  const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
  const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
  const sees = (text: string) => page.getByText(text).first().waitFor();
  const newest = async (kind: string) => (await app.emails(email)).find((each) => each.kind === kind);
  const codeIn = async (kind: string) => /^ {4}(\d{6})$/m.exec((await newest(kind))?.text ?? "")?.[1] ?? "";

  async function signsUp(): Promise<void> {
    await go("/signup");
    await fill("Username", "ada");
    await fill("Email", email);
    await fill("Password", password);
    await fill("Confirm password", password);
    await press("Create account");
    await heading("Log in");
    await fill("Password", password);
    await press("Log in");
  }

  async function logsIn(): Promise<void> {
    await context.clearCookies();
    await logsInAgain();
  }

  /** In a browser that keeps its cookies. */
  async function logsInAgain(): Promise<void> {
    await go("/login");
    await fill("Email", email);
    await fill("Password", password);
    await press("Log in");
  }

  /** Reads the key of the page that sets an app up, and enters its first code. */
  async function addsApp(): Promise<{ phone: Phone; codes: readonly string[] }> {
    const phone = phoneWith(app, ((await page.locator(".secret").textContent()) ?? "").replaceAll(" ", ""));
    await fill("Code from the app", phone.code());
    await press("Confirm");
    await heading("Save your recovery codes");
    const codes = await page.locator(".codes code").allTextContents();
    await follow("I've saved them");
    // A code works once.
    app.passes(30_000);
    return { phone, codes };
  }

  async function asksForLink(): Promise<void> {
    await page.getByText("Use another way").click();
    await follow("I can't use any of these");
    await heading("Can't use your second step?");
  }

  async function startsRecovery(): Promise<void> {
    await press("Email me a link");
    await sees("We've emailed you a link to start the recovery.");
    await go(linkIn(await newest("two-factor-recovery"), "/login/recover/start"));
    await heading("Recover your account");
    await press("Start the recovery");
    await sees("Recovery started. We'll email you a link on");
  }

  it("lost phone: a passkey, a recovery code and at last an email lead back in, and a login with a factor cancels the email's way", async () => {
    await opens({ RECOVERY_BY_EMAIL: "3d" });
    await signsUp();
    await go("/settings/two-factor");
    await follow("Verify email");
    await fill("Verification code", await codeIn("verify-email"));
    await press("Verify email");
    await sees("Email verified.");
    await press("Set up an authenticator app");
    const { phone, codes } = await addsApp();
    await heading("Two-factor authentication");
    if (javaScriptEnabled) await addsPasskey();

    await logsIn();
    await heading("Two-factor authentication");
    await page.getByLabel("Trust this browser for 30 days").check();
    await fill("Code or recovery code", phone.code());
    await press("Continue");
    await heading("Hello, ada");
    await go("/logout");
    await press("Log out");
    await logsInAgain();
    await heading("Hello, ada");

    // The phone is lost, and so is the trusted browser.
    if (javaScriptEnabled) {
      await logsIn();
      await press("Use a passkey");
      await heading("Hello, ada");
    }
    await logsIn();
    await fill("Code or recovery code", codes[0] ?? "");
    await press("Continue");
    await sees("You've used a recovery code. You have 9 left.");

    // And at last the codes and the laptop.
    await logsIn();
    await asksForLink();
    await startsRecovery();
    await logsIn();
    await asksForLink();
    await sees("Your recovery has started. We'll email you the second link on");
    expect(await page.getByRole("button", { name: "Email me a link" }).count()).toBe(0);
    await waitsForRecovery(app);
    await go(linkIn(await newest("two-factor-recovery-end"), "/login/recover/finish"));
    await press("Turn off two-factor authentication");
    await sees("Two-factor authentication is off. Log in with your password");
    await logsIn();
    await heading("Hello, ada");
    await go("/settings/two-factor");
    await press("Set up an authenticator app");
    const { phone: found } = await addsApp();

    // The next phone is only mislaid.
    await logsIn();
    await asksForLink();
    await startsRecovery();
    await logsIn();
    await fill("Code or recovery code", found.code());
    await press("Continue");
    await heading("Hello, ada");
    expect((await newest("two-factor-recovery-cancelled"))?.text).toContain("A login with the second step");
  });

  it("forced set-up: the code that verifies the email is the only one, and leads to the app and to the dashboard", async () => {
    await opens({ TWO_FACTOR: "all", TWO_FACTOR_GRACE: "0" });
    await signsUp();
    await sees("Set up two-factor authentication to continue.");
    await follow("Verify email");
    await fill("Verification code", await codeIn("verify-email"));
    await press("Verify email");
    await press("Set up an authenticator app");
    await addsApp();
    await go("/dashboard");
    await heading("Hello, ada");
    expect(await newest("enrolment-code")).toBeUndefined();
  });

  /** On the laptop. */
  async function addsPasskey(): Promise<void> {
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
    });
    const devtools = await context.newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await go("/settings/passkeys");
    await press("Add a passkey");
    await sees("Passkey added.");
  }
});
