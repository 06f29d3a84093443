/** Tests passkeys in a real browser, with virtual authenticators. */
// Runs end to end: it starts a browser.
// Runs on one engine: it tests the behavior of the browser.
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../person.ts";
import { password } from "./acts.ts";
import { openBrowser } from "./browser.ts";

let browser: Browser;
let app: TestApp;
let url: string;
let context: BrowserContext;
let page: Page;
let devtools: CDPSession;
let problems: string[];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  app = await testApp({ SIGNUP: "open" }, { verified: true });
  // Passkeys need a host name.
  url = app.url.replace("127.0.0.1", "localhost");
  await app.person({ username: "ada" }).signsUp();
  context = await browser.newContext();
  page = await context.newPage();
  devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4\d\d|net::ERR_FAILED/.test(message.text())) problems.push(message.text());
  });
});
afterEach(async () => {
  expect(problems).toEqual([]);
  await context.close();
  await app.close();
});

interface Device {
  readonly isSynced?: boolean;
  readonly verifiesUser?: boolean;
  readonly hasVerification?: boolean;
}

/** A platform authenticator; returns its ID. */
async function device({ isSynced = true, verifiesUser = true, hasVerification = true }: Device = {}): Promise<string> {
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: hasVerification,
      isUserVerified: verifiesUser,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: isSynced,
      defaultBackupState: isSynced,
    },
  });
  return authenticatorId;
}

const credentials = async (authenticatorId: string) => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;

async function logsInByPassword(): Promise<void> {
  await page.goto(`${url}/login?switch=1`);
  await page.fill("#email", "ada@example.com");
  await page.fill("#password", password);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL(/dashboard|two-factor/);
}

async function adds(): Promise<void> {
  await page.goto(`${url}/settings/passkeys`);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("Passkey added.").waitFor();
}

/** Turns two-factor authentication on with a passkey, and logs in again as far as the second step. */
async function isAskedForPasskey(): Promise<void> {
  await withoutAutofill();
  await device();
  await logsInByPassword();
  await adds();
  await page.goto(`${url}/settings/two-factor`);
  await page.getByRole("link", { name: "Turn on two-factor authentication" }).click();
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("heading", { name: "Save your recovery codes" }).waitFor();
  await logsOut();
  await logsInByPassword();
}

async function logsOut(): Promise<void> {
  await context.clearCookies();
}

/** Turns the offer in the field off, so that only the button logs in. */
async function withoutAutofill(): Promise<void> {
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
  });
}

const button = () => page.getByRole("button", { name: "Log in with a passkey" });
const alert = () => page.locator(".passkey [role=alert]");

describe("passkeys in a browser", () => {
  it("passkey: is added, and logs in by the button", async () => {
    await withoutAutofill();
    const id = await device();
    await logsInByPassword();
    await adds();
    expect(await page.locator("main").textContent()).toContain("Synchronized");
    expect(await credentials(id)).toHaveLength(1);
    await logsOut();
    await page.goto(`${url}/login?next=/settings/activity`);
    await button().click();
    await page.waitForURL("**/settings/activity");
  });

  it("passkey: logs in by autofill, without a click", async () => {
    await device();
    await logsInByPassword();
    await adds();
    await logsOut();
    await page.goto(`${url}/login`);
    await page.waitForURL("**/dashboard");
  });

  it("passkey: the button works while autofill waits", async () => {
    const id = await device();
    await logsInByPassword();
    await adds();
    await logsOut();
    // The user has not confirmed, so the offer of the field stays open.
    await devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: id, enabled: false });
    const asked = page.waitForResponse("**/passkeys/options");
    await page.goto(`${url}/login`);
    await asked;
    await page.waitForLoadState("networkidle");
    expect(page.url()).toBe(`${url}/login`);
    await devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: id, enabled: true });
    await button().click();
    await page.waitForURL("**/dashboard");
  });

  it("passkey: of one device is shown as such, and two devices can be added", async () => {
    await withoutAutofill();
    const first = await device({ isSynced: false });
    await logsInByPassword();
    await adds();
    expect(await page.locator("main").textContent()).toContain("This device only");
    // The browser asks the first device that has none for this account.
    await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: first });
    const second = await device();
    await adds();
    expect(await page.locator("main .panel li").count()).toBe(2);
    expect(await credentials(second)).toHaveLength(1);
  });

  it("passkey: a device that has one already says so, and the button works again", async () => {
    await device();
    await logsInByPassword();
    await adds();
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByText("This device already has a passkey for your account.").waitFor();
    expect(await page.getByRole("button", { name: "Add a passkey" }).isEnabled()).toBe(true);
  });

  it("passkey: a refusal is said, where loading the page again would not ask for what is missing", async () => {
    await device();
    await logsInByPassword();
    await page.goto(`${url}/settings/passkeys`);
    await app.s.db.updateTable("users").set({ email_verified_at: null }).execute();
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await alert().getByText("Verify your email first.").waitFor();
    expect(await page.getByRole("button", { name: "Add a passkey" }).isEnabled()).toBe(true);
    await page.reload();
    await page.getByRole("link", { name: "Verify email" }).click();
    await page.waitForURL(/verify-email\?next=%2Fsettings%2Fpasskeys$/);
  });

  it("passkey: as the second step, it trusts the browser if the box above is checked", async () => {
    await isAskedForPasskey();
    await page.getByLabel("Trust this browser").check();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL(/dashboard/);
    expect(await app.s.db.selectFrom("trusted_devices").select("id").execute()).toHaveLength(1);
  });

  it("passkey: a refused verification is said, and the button works again", async () => {
    await withoutAutofill();
    const id = await device();
    await logsInByPassword();
    await adds();
    await logsOut();
    await devtools.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: false });
    await page.goto(`${url}/login`);
    await button().click();
    await alert().getByText("No passkey was used. Try again, or log in another way.").waitFor();
    expect(await button().isEnabled()).toBe(true);
    await devtools.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: true });
    await button().click();
    await page.waitForURL("**/dashboard");
  });

  it("passkey: a device without user verification gets no passkey", async () => {
    const id = await device({ hasVerification: false, verifiesUser: false });
    await logsInByPassword();
    await page.goto(`${url}/settings/passkeys`);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await alert().getByText("No passkey was created. Try again, or use another device.").waitFor();
    expect(await page.getByRole("button", { name: "Add a passkey" }).isEnabled()).toBe(true);
    expect(await credentials(id)).toEqual([]);
  });

  it("passkey: a device without one says so at the button", async () => {
    await withoutAutofill();
    await device();
    await page.goto(`${url}/login`);
    await button().click();
    await alert().getByText("No passkey was used. Try again, or log in another way.").waitFor();
    expect(await button().isEnabled()).toBe(true);
  });

  it("passkey: the silent offer in the field says nothing where it ends", async () => {
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(true);
      const refused = new DOMException("The operation timed out.", "NotAllowedError");
      navigator.credentials.get = (wanted) => {
        document.documentElement.dataset["asked"] = wanted?.mediation ?? "button";
        return Promise.reject(refused);
      };
    });
    await page.goto(`${url}/login`);
    await page.locator("html[data-asked=conditional]").waitFor();
    // Two turns of the event loop: the refusal was handled.
    await page.evaluate(() => new Promise((done) => setTimeout(() => setTimeout(done))));
    expect(await alert().textContent()).toBe("");
    await button().click();
    await alert().getByText("No passkey was used.").waitFor();
  });

  it("passkey: a second step and a confirmation that use none say so", async () => {
    await isAskedForPasskey();
    await page.evaluate(() => {
      const get = navigator.credentials.get.bind(navigator.credentials);
      let isFirst = true;
      navigator.credentials.get = (wanted) => {
        if (!isFirst) return get(wanted);
        isFirst = false;
        return Promise.reject(new DOMException("The operation timed out.", "NotAllowedError"));
      };
    });
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await alert().getByText("No passkey was used. Try again, or choose another way.").waitFor();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL("**/dashboard");
    app.passes(16 * 60_000);
    await page.goto(`${url}/settings/change-username`);
    await page.waitForURL("**/confirm-password**");
    expect(await page.locator("[data-passkey]").getAttribute("data-not-allowed-error")).toBe(
      "No passkey was used. Try again, or choose another way.",
    );
  });

  it("passkey: at the second step, the page speaks of passkeys with scripts, and of the field alone without", async () => {
    await isAskedForPasskey();
    const [both, field] = ["Confirm your login in one of these ways.", "Enter one of your recovery codes."];
    await page.getByText(both).waitFor();
    expect(await page.getByText(field).isVisible()).toBe(false);
    expect(await page.getByText("Passkeys need JavaScript").isVisible()).toBe(false);
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const shown = await plain.newPage();
    await shown.goto(`${url}/login`);
    await shown.fill("#email", "ada@example.com");
    await shown.fill("#password", password);
    await shown.locator("main form button[type=submit]").first().click();
    await shown.waitForURL(/two-factor/);
    expect(await shown.getByText(field).isVisible()).toBe(true);
    expect(await shown.getByText("Passkeys need JavaScript").isVisible()).toBe(true);
    expect(await shown.getByText(both).isVisible()).toBe(false);
    await plain.close();
    // An account whose only factor is a passkey.
    await app.s.db.deleteFrom("recovery_codes").execute();
    await page.goto(`${url}/login?switch=1`);
    await logsInByPassword();
    await page.getByText("Confirm your login with a passkey.").waitFor();
  });

  it("passkey: errors of the server and of the network are shown, and the form stays usable", async () => {
    await withoutAutofill();
    await device();
    await page.goto(`${url}/login`);
    await page.route("**/passkeys/options", (route) => route.abort());
    await button().click();
    await page.getByText("The site can't be reached.").waitFor();
    await page.unroute("**/passkeys/options");
    await page.route("**/passkeys/options", (route) =>
      route.fulfill({
        status: 429,
        contentType: "application/json",
        body: '{"error":{"code":"too-many-attempts","message":"Too many attempts."}}',
      }),
    );
    await button().click();
    await page.getByText("Too many attempts.").waitFor();
    expect(await button().isEnabled()).toBe(true);
    expect(await page.locator("#email").isEnabled()).toBe(true);
  });

  it("passkey: a removed one is hidden by the browser, and an unknown one is forgotten after its refusal", async () => {
    await withoutAutofill();
    const id = await device();
    await logsInByPassword();
    await adds();
    await page.getByRole("link", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove passkey" }).click();
    await page.getByText("Passkey removed.").waitFor();
    // A report could still restore it.
    expect(await credentials(id)).toHaveLength(1);
    await app.s.db.deleteFrom("removed_factors").execute();
    await page.reload();
    await expect.poll(async () => (await credentials(id)).length).toBe(0);
    await adds();
    await app.s.db.deleteFrom("passkeys").execute();
    await logsOut();
    await page.goto(`${url}/login`);
    await button().click();
    await page.getByText("This passkey isn't accepted here.").waitFor();
    await expect.poll(async () => (await credentials(id)).length).toBe(0);
    await page.getByRole("link", { name: "Log in another way" }).click();
    await page.waitForURL("**/login");
  });

  it("passkey: a refused one that exists is not forgotten", async () => {
    await withoutAutofill();
    const id = await device();
    await logsInByPassword();
    await adds();
    await app.s.db.updateTable("users").set({ disabled_at: app.s.now() }).execute();
    await logsOut();
    await page.goto(`${url}/login`);
    await button().click();
    await page.getByText("This passkey isn't accepted here.").waitFor();
    await page.waitForLoadState("networkidle");
    expect(await credentials(id)).toHaveLength(1);
  });

  it("passkey: a changed name is told to the device", async () => {
    const id = await device();
    await logsInByPassword();
    await adds();
    await page.goto(`${url}/settings/display-name`);
    await page.fill("#display_name", "Countess");
    await page.locator("main form button[type=submit]").first().click();
    await page.waitForURL("**/settings");
    await expect.poll(async () => (await credentials(id))[0]?.userDisplayName).toBe("Countess");
  });

  it("passkey: is the second step after a password, and confirms sensitive changes", async () => {
    await isAskedForPasskey();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL("**/dashboard");
    app.passes(16 * 60_000);
    await page.goto(`${url}/settings/change-username`);
    await page.waitForURL("**/confirm-password**");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL("**/settings/change-username");
  });

  it("passkey: a page that is older than the recent authentication asks to confirm first", async () => {
    await device();
    await logsInByPassword();
    await page.goto(`${url}/settings/passkeys`);
    app.passes(16 * 60_000);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.waitForURL("**/confirm-password**");
  });

  it("passkey: without scripts and at an IP address the button is hidden, and the page says why", async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const shown = await plain.newPage();
    await shown.goto(`${url}/login`);
    expect(await shown.getByRole("button", { name: "Log in with a passkey" }).count()).toBe(0);
    await plain.close();
    await page.goto(`${app.url}/login`);
    expect(await button().count()).toBe(0);
  });
});
