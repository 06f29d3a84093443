/** Lists the states of accounts without a password, and of recovering two-factor authentication. */
import type { Page } from "playwright-core";
import { findUserByName } from "../../src/core/users/users.ts";
import { linkIn, type TestApp } from "../person.ts";
import { addsPhone, waitsForRecovery } from "../two-factor.ts";
import { logIn, type State, send } from "./acts.ts";

const follows = (to: string, path: string) => async (page: Page, app: TestApp) => {
  const email = (await app.emails(to)).find(({ text }) => text.includes(`${path}?token=`));
  await page.goto(app.url + linkIn(email, path));
};

/** For visitors. Days pass, so that sessions from before end. */
export const recoveryStates: readonly State[] = [
  { name: "signup-passkey", reach: (page, app) => page.goto(`${app.url}/signup/passkey`) },
  {
    name: "signup-passkey-errors",
    reach: async (page) => {
      await page.fill("#username", "ad");
      await send(page);
    },
  },
  {
    name: "signup-passkey-create",
    reach: async (page, app) => {
      await page.fill("#username", "hedy");
      await page.fill("#email", "hedy@example.com");
      await send(page);
      const [email] = await app.emails("hedy@example.com");
      await page.fill("#code", /^ {4}(\d{6})$/m.exec(email?.text ?? "")?.[1] ?? "");
      await page.locator("main form button").first().click();
      await page.waitForURL(/passkey\/create/);
    },
  },
  {
    name: "login-recover",
    reach: async (page, app) => {
      const barbara = await app.person({ username: "barbara" }).isLoggedIn();
      await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).where("username", "=", "barbara").execute();
      await addsPhone(app, barbara);
      await logIn(page, app, "barbara@example.com");
      await page.goto(`${app.url}/login/recover`);
    },
  },
  {
    name: "login-recover-start",
    reach: async (page, app) => {
      // The clock of pictures stands still, and a login at the time of the recovery or later cancels it.
      app.passes(1_000);
      await send(page);
      await follows("barbara@example.com", "/login/recover/start")(page, app);
    },
  },
  {
    name: "login-recover-finish",
    reach: async (page, app) => {
      await send(page);
      await waitsForRecovery(app);
      await follows("barbara@example.com", "/login/recover/finish")(page, app);
    },
  },
  {
    name: "login-recover-dead",
    reach: async (page, app) => {
      await page.context().clearCookies();
      await page.goto(`${app.url}/login/recover/finish?token=none`);
    },
  },
];

/** For the logged-in "ada". */
export const passwordlessStates: readonly State[] = [
  { name: "remove-password-too-few", reach: (page, app) => page.goto(`${app.url}/settings/change-password/remove`) },
  {
    name: "remove-password",
    reach: async (page, app) => {
      for (const name of ["Phone", "Laptop"]) await insertPasskey(app, "ada", name);
      await page.goto(`${app.url}/settings/change-password/remove`);
    },
  },
  {
    name: "password-removed",
    reach: async (page) => {
      await send(page);
    },
  },
  {
    name: "set-password-again",
    reach: async (page, app) => {
      await app.s.db.deleteFrom("passkeys").execute();
      await app.person({ username: "ada" }).fillsIn("/reset-password", { email: "ada@example.com" });
      await follows("ada@example.com", "/reset-password/choose")(page, app);
      await page.fill("#password", "a harbour at dusk");
      await page.fill("#confirm_password", "a harbour at dusk");
      await send(page);
      await logIn(page, app);
    },
  },
  { name: "cancel-recovery", reach: (page, app) => page.goto(`${app.url}/settings/cancel-recovery`) },
];

async function insertPasskey(app: TestApp, username: string, name: string): Promise<void> {
  const { id = "" } = (await findUserByName(app.s, username)) ?? {};
  const row = {
    id: `${name} of ${id}`,
    user_id: id,
    credential_id: Buffer.from(`${name} ${id}`),
    public_key: Buffer.from("key"),
    rp_id: "localhost",
  };
  const state = { aaguid: "", transports: "", counter: 0, backup_eligible: 1, backed_up: 1, created_at: app.s.now() };
  const unused = { last_used_at: null, last_used_ip: null, last_used_user_agent: null };
  await app.s.db
    .insertInto("passkeys")
    .values({ ...row, ...state, ...unused, name })
    .execute();
}
