/** Lists every page and state, and how to reach it. */
import type { Page } from "playwright-core";
import { actingAs } from "../../src/core/request-info.ts";
import { grantRole } from "../../src/core/users/roles.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { linkIn, type TestApp } from "../person.ts";
import { addsPhone, phoneWith, verifiesEmail } from "../two-factor.ts";
import { logIn, password, type State, send } from "./acts.ts";
import { passwordlessStates, recoveryStates } from "./passwordless-states.ts";
import { providerStates } from "./provider-states.ts";

const opens = (path: string) => (page: Page, app: TestApp) => page.goto(app.url + path);

const opensLink = (to: string, path: string) => async (page: Page, app: TestApp) => {
  const emails = await app.emails(to);
  await page.goto(
    app.url +
      linkIn(
        emails.find(({ text }) => text.includes(path)),
        path,
      ),
  );
};

/** Settings of the app that has these states. */
export const stateSettings = {
  TOKEN_AUDIENCES: "https://api.example.com",
  FORWARD_AUTH_HOSTS: "localhost:3000",
  EMAIL_LOGIN: "on",
  TWO_FACTOR: "role:covered",
  RECOVERY_BY_EMAIL: "3d",
};

const day = 24 * 3_600_000;

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
  { name: "language", reach: opens("/language") },
  { name: "unlock-dead", reach: opens("/report-compromise/unlock") },
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
  {
    name: "login-two-factor",
    reach: async (page, app) => {
      await addsPhone(app, await app.person({ username: "linus" }).isLoggedIn());
      await logIn(page, app, "linus@example.com");
      await page.click("main summary");
    },
  },
  {
    name: "login-two-factor-errors",
    reach: async (page) => {
      await page.fill("#code", "not a code");
      await send(page);
    },
  },
  {
    name: "login-two-factor-expired",
    reach: async (page, app) => {
      await page.context().clearCookies();
      await page.goto(`${app.url}/login/two-factor`);
    },
  },
  { name: "login-code-ask", reach: opens("/login/code") },
  {
    name: "login-code-ask-errors",
    reach: async (page) => {
      await page.fill("#email", "not-an-email");
      await send(page);
    },
  },
  {
    name: "login-code",
    reach: async (page, app) => {
      await page.goto(`${app.url}/login`);
      await page.fill("#email", "visitor@example.com");
      await Promise.all([page.waitForEvent("load"), page.click("button[formaction]")]);
    },
  },
  {
    name: "login-code-errors",
    reach: async (page) => {
      await page.fill("#code", "123");
      await page.locator("main form button").first().click();
    },
  },
  { name: "login-code-link", reach: opensLink("visitor@example.com", "/login/code/link") },
  {
    name: "login-code-elsewhere",
    reach: async (page, app) => {
      await app.person().fillsIn("/login/code", { email: "elsewhere@example.com" });
      await opensLink("elsewhere@example.com", "/login/code/link")(page, app);
    },
  },
  { name: "login-code-dead", reach: opens("/login/code/link?token=none") },
  {
    name: "login-code-new",
    reach: async (page, app) => {
      await page.goto(`${app.url}/login/code?correct=1`);
      await page.fill("#email", "newcomer@example.com");
      await send(page);
      await page.fill("#code", codeIn((await app.emails("newcomer@example.com"))[0]));
      await send(page);
    },
  },
  {
    name: "login-code-new-errors",
    reach: async (page) => {
      await page.fill("#username", "ad");
      await send(page);
    },
  },
  ...providerStates,
  ...recoveryStates,
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
  { name: "verify-email-confirm", reach: opensLink("confirms@example.com", "/verify-email/confirm") },
  {
    name: "report-compromise",
    reach: async (page, app) => {
      const grace = await app.person({ username: "grace" }).isLoggedIn();
      await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).where("username", "=", "grace").execute();
      await grace.fillsIn("/settings/change-username", { username: "grace.hopper" });
      await opensLink("grace@example.com", "/report-compromise")(page, app);
    },
  },
  {
    name: "revert-email",
    reach: async (page, app) => {
      const grace = app.person({ username: "grace" });
      await grace.logsIn();
      await grace.fillsIn("/settings/change-email", { email: "hopper@example.com" });
      await grace.fillsIn("/settings/change-email/confirm", { code: codeIn((await app.emails("hopper@example.com"))[0]) });
      await opensLink("grace@example.com", "/revert-email")(page, app);
    },
  },
  { name: "mailbox", reach: opens("/dev/mailbox") },
  { name: "theme", reach: opens("/dev/theme") },
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
  { name: "two-factor", reach: opens("/settings/two-factor") },
  {
    name: "two-factor-set-up",
    reach: async (page, app) => {
      await verifiesEmail(app, app.person({ username: "ada" }));
      await page.goto(`${app.url}/settings/two-factor`);
      await send(page);
    },
  },
  {
    name: "two-factor-set-up-errors",
    reach: async (page) => {
      await page.fill("#code", "12345");
      await page.locator("main .wide-button").click();
      await page.waitForLoadState();
    },
  },
  {
    name: "two-factor-codes",
    reach: async (page, app) => {
      const secret = (await page.locator(".secret").textContent()) ?? "";
      await page.fill("#code", phoneWith(app, secret.replaceAll(" ", "")).code());
      await page.locator("main .wide-button").click();
      await page.waitForURL("**/recovery");
    },
  },
  { name: "two-factor-recovery", reach: opens("/settings/two-factor/recovery") },
  { name: "two-factor-overview", reach: opens("/settings/two-factor") },
  {
    name: "two-factor-rename",
    reach: async (page) => {
      await page.click("main a[href*=rename]");
      await page.waitForURL("**/rename?**");
    },
  },
  {
    name: "two-factor-remove",
    reach: async (page, app) => {
      await page.goto(`${app.url}/settings/two-factor`);
      await page.click("main a[href*=remove]");
      await page.waitForURL("**/remove?**");
    },
  },
  { name: "two-factor-off", reach: opens("/settings/two-factor/off") },
  {
    name: "two-factor-turned-off",
    reach: async (page) => {
      await send(page);
    },
  },
  { name: "settings-language", reach: opens("/settings/language") },
  { name: "change-username", reach: opens("/settings/change-username") },
  { name: "display-name", reach: opens("/settings/display-name") },
  { name: "email-login", reach: opens("/settings/email-login") },
  {
    name: "email-login-off",
    reach: async (page, app) => {
      const ada = await findUserByName(app.s, "ada");
      const row = { user_id: ada?.id ?? "", is_off: 1, changed_at: app.s.now() };
      await app.s.db.insertInto("email_login_choices").values(row).execute();
      await page.goto(`${app.url}/settings/email-login`);
      await app.s.db.deleteFrom("email_login_choices").execute();
    },
  },
  { name: "passkeys-none", reach: opens("/settings/passkeys") },
  {
    name: "passkeys",
    reach: async (page, app) => {
      await insertPasskeys(app);
      await page.goto(`${app.url}/settings/passkeys`);
    },
  },
  { name: "passkey-rename", reach: opens("/settings/passkeys/rename?id=passkey-1") },
  {
    name: "passkey-rename-errors",
    reach: async (page) => {
      await page.fill("#name", "");
      await page.locator("main form button[type=submit]").first().click();
      await page.waitForLoadState();
    },
  },
  { name: "passkey-remove", reach: opens("/settings/passkeys/remove?id=passkey-1") },
  { name: "two-factor-on", reach: opens("/settings/two-factor/on") },
  { name: "trusted-browsers", reach: opens("/settings/two-factor/devices") },
  {
    name: "confirm-passkey",
    reach: async (page, app) => {
      await page.goto(`${app.url}/confirm-password?next=/settings/delete`);
      // Shown by the script where passkeys work, which is not at an IP address.
      await page.evaluate("document.querySelector('.passkey')?.removeAttribute('hidden')");
    },
  },
  {
    name: "passkey-refused",
    reach: async (page, app) => {
      await page.goto(`${app.url}/login?switch=1`);
      await page.evaluate(`{
        const form = document.querySelector('main form[action="/login"]');
        form?.setAttribute("action", "/passkeys/verify");
        form?.submit();
      }`);
      await page.waitForURL("**/passkeys/verify");
      await page.evaluate("document.querySelector('.passkey')?.removeAttribute('hidden')");
      await app.s.db.deleteFrom("passkeys").execute();
    },
  },
  { name: "change-email", reach: opens("/settings/change-email") },
  {
    name: "change-email-pending",
    reach: async (page) => {
      await page.fill("#email", "new@example.com");
      await page.locator("main form button[type=submit]").first().click();
      await page.waitForLoadState();
    },
  },
  { name: "change-email-withdraw", reach: opens("/settings/change-email/withdraw") },
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
  ...passwordlessStates,
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
  {
    name: "admin",
    reach: async (page, app) => {
      const ada = await findUserByName(app.s, "ada");
      await grantRole(app.s, ada?.id ?? "", "admin", actingAs("command line"));
      await page.goto(`${app.url}/admin`);
    },
  },
  {
    name: "admin-user",
    reach: async (page, app) => {
      const grace = await findUserByName(app.s, "grace.hopper");
      await page.goto(`${app.url}/admin/user?id=${grace?.id}`);
    },
  },
  {
    name: "admin-dialog",
    reach: async (page) => {
      await page.click("[data-dialog=ask-disable]");
    },
  },
  {
    name: "admin-confirm",
    reach: async (page, app) => {
      const grace = await findUserByName(app.s, "grace.hopper");
      await page.goto(`${app.url}/admin/user/confirm?act=delete&id=${grace?.id}`);
    },
  },
  {
    name: "admin-reset-two-factor",
    reach: async (page, app) => {
      const grace = await findUserByName(app.s, "grace.hopper");
      await page.goto(`${app.url}/admin/user/confirm?act=reset-two-factor&id=${grace?.id}`);
    },
  },
  { name: "admin-no-matches", reach: opens("/admin?search=nobody&status=active&sort=email") },
  { name: "admin-events", reach: opens("/admin/events") },
  { name: "admin-events-errors", reach: opens("/admin/events?user=nobody") },
  { name: "admin-failed-emails", reach: opens("/admin/failed-emails") },
  { name: "admin-charts", reach: opens("/admin/charts") },
  {
    name: "two-factor-wanted",
    reach: async (page, app) => {
      const ada = await findUserByName(app.s, "ada");
      await grantRole(app.s, ada?.id ?? "", "covered", actingAs("command line"));
      await page.goto(`${app.url}/dashboard`);
    },
  },
  { name: "two-factor-wanted-overview", reach: opens("/settings/two-factor") },
  {
    name: "two-factor-verify-unverified",
    reach: async (page, app) => {
      await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", "ada").execute();
      await page.goto(`${app.url}/settings/two-factor/verify`);
    },
  },
  {
    name: "two-factor-verify",
    reach: async (page, app) => {
      await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).where("username", "=", "ada").execute();
      await page.goto(`${app.url}/settings/two-factor/authenticator`);
    },
  },
  {
    name: "two-factor-verify-sent",
    reach: async (page) => {
      await page.locator("main form button[type=submit]").first().click();
      await page.waitForLoadState();
    },
  },
  {
    name: "two-factor-verify-errors",
    reach: async (page) => {
      await page.fill("#code", "123");
      await page.locator("main form button[type=submit]").first().click();
      await page.waitForLoadState();
    },
  },
  {
    name: "two-factor-required",
    reach: async (page, app) => {
      app.passes(8 * day);
      await page.context().clearCookies();
      await logIn(page, app);
      if (new URL(page.url()).pathname !== "/settings/two-factor") throw new Error(`The session is not held: ${page.url()}`);
    },
  },
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

/** A synchronised passkey that was used, one of this device, and one of an earlier host. */
async function insertPasskeys(app: TestApp): Promise<void> {
  const { db, now } = app.s;
  const user_id = (await findUserByName(app.s, "ada"))?.id ?? "";
  const shared = { user_id, public_key: new Uint8Array(1), transports: "internal", counter: 0, created_at: now() - 86_400_000 };
  const unused = { last_used_at: null, last_used_ip: null, last_used_user_agent: null };
  const used = { last_used_at: now() - 3_600_000, last_used_ip: "203.0.113.7", last_used_user_agent: "curl/8.5.0" };
  const kinds = [
    {
      name: "Google Password Manager",
      rp_id: "localhost",
      aaguid: "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
      backup_eligible: 1,
      backed_up: 1,
      ...used,
    },
    {
      name: "Work laptop",
      rp_id: "localhost",
      aaguid: "08987058-cadc-4b81-b6e1-30de50dcbe96",
      backup_eligible: 0,
      backed_up: 0,
      ...unused,
    },
    {
      name: "Old phone",
      rp_id: "old.example.com",
      aaguid: "00000000-0000-0000-0000-000000000000",
      backup_eligible: 1,
      backed_up: 0,
      ...unused,
    },
  ];
  await db
    .insertInto("passkey_users")
    .values({ user_id, handle: new Uint8Array(32) })
    .execute();
  const rows = kinds.map((kind, i) => ({ id: `passkey-${i + 1}`, credential_id: new Uint8Array([i]), ...shared, ...kind }));
  await db.insertInto("passkeys").values(rows).execute();
}

function codeIn(email: { readonly text: string } | undefined): string {
  return /^ {4}(\d{6})$/m.exec(email?.text ?? "")?.[1] ?? "";
}
