/** Lists every page and state, and how to reach it. */
import type { Page } from "playwright-core";
import { linkIn, type TestApp } from "../person.ts";

export const password = "a harbour at dusk";

export interface State {
  readonly name: string;
  readonly reach: (page: Page, app: TestApp) => Promise<unknown>;
}

const opens = (path: string) => (page: Page, app: TestApp) => page.goto(app.url + path);

/** In this order: from `dashboard` on, the page is logged in as "ada". */
export const states: readonly State[] = [
  { name: "home", reach: opens("/") },
  { name: "signup", reach: opens("/signup") },
  {
    name: "signup-errors",
    reach: async (page) => {
      await page.fill("#username", "ad");
      await page.fill("#email", "ada@");
      await page.fill("#password", "password1");
      await send(page);
    },
  },
  {
    name: "signup-taken",
    reach: async (page, app) => {
      await page.goto(`${app.url}/signup`);
      await page.fill("#username", "ada");
      await page.fill("#email", "ADA@example.com");
      await page.fill("#password", password);
      await page.fill("#confirm_password", password);
      await send(page);
    },
  },
  { name: "login-required", reach: opens("/dashboard") },
  { name: "login-for-app", reach: opens("/login?next=http%3A%2F%2Flocalhost%3A3000%2F") },
  { name: "login", reach: opens("/login") },
  {
    name: "login-errors",
    reach: async (page) => {
      await send(page);
    },
  },
  {
    name: "login-wrong",
    reach: async (page) => {
      await page.fill("#email", "ada@example.com");
      await page.fill("#password", "not the password");
      await send(page);
    },
  },
  {
    name: "login-stale",
    reach: async (page, app) => {
      await page.goto(`${app.url}/login`);
      await page.context().clearCookies();
      await page.fill("#email", "ada@example.com");
      await page.fill("#password", password);
      await send(page);
    },
  },
  { name: "logged-out", reach: opens("/logout") },
  { name: "not-found", reach: opens("/no/such/page") },
  { name: "reset-password", reach: opens("/reset-password") },
  {
    name: "reset-password-errors",
    reach: async (page) => {
      await page.fill("#email", "not-an-email");
      await send(page);
    },
  },
  {
    name: "reset-password-sent",
    reach: async (page, app) => {
      await page.goto(`${app.url}/reset-password`);
      await page.fill("#email", "ada@example.com");
      await send(page);
    },
  },
  {
    name: "reset-password-sent-unknown",
    reach: async (page, app) => {
      await page.context().clearCookies();
      await page.goto(`${app.url}/reset-password/sent`);
    },
  },
  {
    name: "reset-password-choose",
    reach: async (page, app) => {
      await app.person().fillsIn("/reset-password", { email: "ada@example.com" });
      await page.goto(app.url + linkIn((await app.emails("ada@example.com"))[0], "/reset-password/choose"));
    },
  },
  { name: "reset-password-dead", reach: opens("/reset-password/choose?token=none") },
  { name: "verify-email-nothing-asked", reach: opens("/verify-email") },
  {
    name: "verify-email",
    reach: async (page, app) => {
      await page.goto(`${app.url}/signup`);
      await page.fill("#username", "confirms");
      await page.fill("#email", "confirms@example.com");
      await page.fill("#password", password);
      await page.fill("#confirm_password", password);
      await send(page);
      await page.goto(`${app.url}/verify-email`);
    },
  },
  {
    name: "verify-email-errors",
    reach: async (page) => {
      await page.fill("#code", "123");
      await page.locator("main form button").first().click();
    },
  },
  { name: "mailbox", reach: opens("/dev/mailbox") },
  {
    name: "dashboard",
    reach: async (page, app) => {
      await logIn(page, app);
    },
  },
  { name: "home-logged-in", reach: opens("/") },
  { name: "settings", reach: opens("/settings") },
  { name: "change-password", reach: opens("/settings/change-password") },
  {
    name: "change-password-errors",
    reach: async (page) => {
      await send(page);
    },
  },
  { name: "change-username", reach: opens("/settings/change-username") },
  { name: "display-name", reach: opens("/settings/display-name") },
  { name: "change-email", reach: opens("/settings/change-email") },
  {
    name: "change-email-pending",
    reach: async (page) => {
      await page.fill("#email", "new@example.com");
      await page.locator("main form button[type=submit]").first().click();
      await page.waitForLoadState();
    },
  },
  {
    name: "sessions",
    reach: async (page, app) => {
      await app.person({ username: "ada" }).logsIn();
      await page.goto(`${app.url}/settings/sessions`);
    },
  },
  { name: "activity", reach: opens("/settings/activity") },
  { name: "export", reach: opens("/settings/export") },
  { name: "delete", reach: opens("/settings/delete") },
  { name: "confirm-password", reach: opens("/confirm-password?next=/settings/delete") },
  { name: "token", reach: opens("/token") },
  {
    name: "token-errors",
    reach: async (page) => {
      await send(page);
    },
  },
  { name: "login-for-app-logged-in", reach: opens("/login?switch=1&next=http%3A%2F%2Flocalhost%3A3000%2F") },
  { name: "login-logged-in", reach: opens("/login?switch=1") },
  { name: "logout", reach: opens("/logout") },
  {
    name: "login-limited",
    reach: async (page, app) => {
      await page.context().clearCookies();
      await page.goto(`${app.url}/login`);
      for (let i = 0; i < 11; i++) {
        await page.fill("#email", "nobody@example.com");
        await page.fill("#password", "not the password");
        await send(page);
      }
    },
  },
];

export async function send(page: Page): Promise<void> {
  await Promise.all([page.waitForEvent("load"), page.locator("main form button[type=submit]").click()]);
}

export async function logIn(page: Page, app: TestApp, email = "ada@example.com"): Promise<void> {
  await page.goto(`${app.url}/login`);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await send(page);
}
