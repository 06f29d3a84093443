/** Lists the states of logging in with providers, and starts an app that has one. */
import type { Page } from "playwright-core";
import type { TestProvider } from "../../src/testing.ts";
import type { TestApp } from "../person.ts";
import { type ProviderAppOptions, providerApp } from "../provider-app.ts";
import { logIn, type State, send } from "./acts.ts";

const peers = new WeakMap<TestApp, TestProvider>();

/** `github` and `google` have buttons only. */
export async function appWithProviders(env: Record<string, string>, options: ProviderAppOptions = {}): Promise<TestApp> {
  const app = await providerApp(
    {
      PROVIDERS: "google,github,work",
      PROVIDER_GOOGLE_CLIENT_ID: "client",
      PROVIDER_GOOGLE_SECRET: "a secret",
      PROVIDER_GITHUB_CLIENT_ID: "client",
      PROVIDER_GITHUB_SECRET: "a secret",
      PROVIDER_WORK_NAME: "Analytical Engines",
      PROVIDER_WORK_LINK: "off",
      ...env,
    },
    options,
  );
  peers.set(app, app.peer);
  return app;
}

/** Sends the page to the provider and back, as this user; undefined says no there. */
async function continues(page: Page, app: TestApp, user: TestProvider["user"], query = ""): Promise<void> {
  const peer = peers.get(app);
  if (!peer) throw new Error("The app has no provider.");
  peer.user = user;
  const started = await page.request.get(`${app.url}/oauth/start/work${query}`, { maxRedirects: 0 });
  const back = new URL((await peer.authorize(started.headers()["location"] ?? "")).url);
  await page.goto(app.url + back.pathname + back.search);
}

const at = (sub: string, email: string, isVerified = true): NonNullable<TestProvider["user"]> => ({
  sub,
  email,
  email_verified: isVerified,
});

/** For visitors. */
export const providerStates: readonly State[] = [
  { name: "provider-refused", reach: (page, app) => continues(page, app, undefined) },
  { name: "provider-email", reach: (page, app) => continues(page, app, at("10", "charles@example.com", false)) },
  {
    name: "provider-email-errors",
    reach: async (page) => {
      await page.fill("#email", "charles@");
      await send(page);
    },
  },
  {
    name: "provider-code",
    reach: async (page) => {
      await page.fill("#email", "charles@example.com");
      await send(page);
    },
  },
  {
    name: "provider-username",
    reach: async (page, app) => {
      await app.person({ username: "babbage" }).signsUp();
      await continues(page, app, at("11", "babbage@example.org"));
    },
  },
  {
    name: "provider-username-errors",
    reach: async (page) => {
      await page.fill("#username", "babbage");
      await send(page);
    },
  },
  {
    name: "provider-claim",
    reach: (page, app) => continues(page, app, at("12", "babbage@example.com")),
  },
  {
    name: "provider-exists",
    reach: async (page, app) => {
      await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).where("username", "=", "babbage").execute();
      await continues(page, app, at("12", "babbage@example.com"));
    },
  },
  {
    name: "provider-link",
    reach: async (page, app) => {
      await logIn(page, app, "babbage@example.com");
      await page.goto(`${app.url}/login/link`);
    },
  },
  {
    name: "linked-logins",
    reach: async (page, app) => {
      await page.locator("main form button").first().click();
      await page.waitForLoadState();
      await page.goto(`${app.url}/settings/logins`);
    },
  },
  {
    name: "linked-logins-unlink",
    reach: async (page) => {
      await page.locator("main .panel a[href*=unlink]").first().click();
      await page.waitForLoadState();
    },
  },
  {
    name: "linked-logins-confirm",
    reach: async (page, app) => {
      await app.s.db.updateTable("identities").set({ confirmed_at: null }).execute();
      await app.s.db.updateTable("sessions").set({ methods: "password totp" }).execute();
      const { id } = await app.s.db.selectFrom("identities").select("id").executeTakeFirstOrThrow();
      await page.goto(`${app.url}/settings/logins/confirm?id=${id}`);
    },
  },
  {
    name: "linked-logins-none",
    reach: async (page, app) => {
      await app.s.db.deleteFrom("identities").execute();
      await page.goto(`${app.url}/settings/logins`);
    },
  },
  { name: "provider-switch", reach: (page, app) => continues(page, app, at("13", "mary@example.org")) },
  {
    name: "provider-expired",
    reach: async (page, app) => {
      await page.context().clearCookies();
      await page.goto(`${app.url}/login/link`);
    },
  },
];
