import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { lostEmailHost } from "../../../core/mail/lost-email.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

describe("lost email", () => {
  let app: ProviderApp;
  beforeAll(async () => {
    app = await providerApp({ TWO_FACTOR: "role:covered", BASE_URL: "http://localhost:5050" });
  });
  afterAll(() => app.close());

  it("lost email: no page shows its placeholder, to its user or to administrators", async () => {
    const bob = await app.person({ username: "bob" }).isLoggedIn();
    const { id = "" } = (await findUserByName(app.s, "bob")) ?? {};
    const placeholder = `0123@${lostEmailHost}`;
    await app.s.db.updateTable("users").set({ email: placeholder, email_key: placeholder }).where("id", "=", id).execute();
    await grantRole(app.s, id, "admin", actingAs("test"));
    for (const path of ["/dashboard", "/settings", "/settings/change-email", "/admin", `/admin/user?id=${id}`]) {
      const { status, html } = await bob.opens(path);
      expect([path, status, html.includes(lostEmailHost)]).toEqual([path, 200, false]);
    }
    expect((await bob.opens("/dashboard")).text).toContain("Your account has no email");
    expect((await bob.opens("/settings")).text).toContain("Email No email");
    const { text, html } = await bob.opens(`/admin/user?id=${id}`);
    expect(text).toContain("Email No email");
    expect(html).not.toContain("ask=verify-email");
  });

  it("lost email: nothing is sent to the placeholder, and its user is asked for another email", async () => {
    const eve = await app.person({ username: "eve" }).isLoggedIn();
    const placeholder = `4567@${lostEmailHost}`;
    await app.s.db.updateTable("users").set({ email: placeholder, email_key: placeholder }).where("username", "=", "eve").execute();
    expect((await eve.opens("/verify-email")).location).toBe("/settings/change-email");
    const { token } = await eve.opens("/settings/change-email");
    await eve.posts("/verify-email", { csrf_token: token, again: "1" });
    expect(await app.emails(placeholder)).toEqual([]);
  });

  it("lost email: pages that ask to verify the email first ask to add one, and JSON says so", async () => {
    const kim = await app.person({ username: "kim" }).isLoggedIn();
    const placeholder = `89ab@${lostEmailHost}`;
    await app.s.db.updateTable("users").set({ email: placeholder, email_key: placeholder }).where("username", "=", "kim").execute();
    for (const path of ["/settings/logins", "/settings/two-factor", "/settings/passkeys"]) {
      const { text, html } = await kim.opens(path);
      expect([path, text]).toEqual([path, expect.stringContaining("Add an email first. Then you can")]);
      expect(text).not.toContain("Verify");
      expect(html).toContain('href="/settings/change-email">Add email');
    }
    expect((await kim.opens("/settings")).html).toMatch(/href="\/settings\/change-email"[^>]*>Add</);
    const headers = { accept: "application/json", "x-csrf-token": (await kim.opens("/settings/display-name")).token };
    const refused = await kim.sendsJson("/settings/two-factor/authenticator", {}, headers);
    expect([refused.status, refused.json()]).toMatchObject([
      403,
      { error: { code: "email-verification-required", message: "Add an email first. Then you can set up other ways to log in." } },
    ]);
    app.peer.user = { sub: "kim", email: "kim@example.net", email_verified: true };
    expect((await app.continuesWith(kim, "?purpose=link")).location).toBe("/login/link");
    expect((await kim.opens("/login/link")).text).toContain("Add an email to your account before you link Work.");
  });

  it("lost email: an account that must enrol is asked to add an email, and no page or response has the placeholder", async () => {
    const lee = await app.person({ username: "lee" }).isLoggedIn();
    const placeholder = `cdef@${lostEmailHost}`;
    const changes = { email: placeholder, email_key: placeholder, roles: "covered" };
    await app.s.db.updateTable("users").set(changes).where("username", "=", "lee").execute();
    const path = "/settings/two-factor/verify";
    const page = await lee.opens(path);
    expect(page.text).toContain("Add an email to your account first. Then set up two-factor authentication. Add email");
    expect(page.html).toContain('href="/settings/change-email">Add email');
    expect(page.html).not.toContain(lostEmailHost);
    const state = (await lee.opens(path, { accept: "application/json" })).json() as { csrfToken?: string };
    expect(state).toMatchObject({ email: null, isVerified: false });
    const csrf = { "x-csrf-token": (await lee.opens("/settings/display-name")).token };
    expect((await lee.sendsJson(path, { again: "1" }, csrf)).json()).toMatchObject({
      error: { code: "email-unverified", message: "Add an email first." },
    });
  });
});
