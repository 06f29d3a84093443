import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { lostEmailHost } from "../../../core/mail/lost-email.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

describe("lost email", () => {
  let app: ProviderApp;
  beforeAll(async () => {
    app = await providerApp();
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
});
