/** Tests the ways out of pages where a login with a provider waits, and the way back to the linked logins. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../../../test/person.ts";
import { codeTo, type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { phoneWith, verifiesEmail } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

describe("login with a provider: ways out", () => {
  let app: ProviderApp;
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_LINK: "off", PROVIDER_WORK_TRUST_AMR: "on" });
  });
  afterAll(() => app.close());

  const proofs = async () => (await app.s.db.selectFrom("provider_proofs").select("created_at").execute()).length;

  /** Presses the button on the page, and returns where it leads. */
  async function leaves(person: Person, path: string, text: string): Promise<string | null> {
    expect((await person.opens(path)).html).toContain(`class="as-link">${text}</button>`);
    const before = await proofs();
    const left = await person.fillsIn(path, { leave: "1" });
    expect([left.status, person.cookies.has("latchkey_proof"), await proofs()]).toEqual([303, false, before - 1]);
    // The page has no login any more, so it leads to the login page.
    expect((await person.opens(path)).location).toBe("/login");
    return left.location;
  }

  it("sign-up with a provider: the pages of the email, the code and the username have a way out that ends the login", async () => {
    const path = "/signup/provider";
    app.peer.user = { sub: "no-email", preferred_username: "noemail" };
    const ada = app.person();
    await app.continuesWith(ada, "?next=/settings/sessions");
    expect((await ada.opens(path)).text).toContain("Send code");
    expect(await leaves(ada, path, "Log in another way")).toBe("/login?next=%2Fsettings%2Fsessions");

    await app.continuesWith(ada);
    await ada.fillsIn(path, { email: "ada@example.com" });
    expect((await ada.opens(path)).text).toContain("ada@example.com");
    expect(await leaves(ada, path, "Log in another way")).toBe("/login");

    await app.person({ username: "taken" }).isLoggedIn();
    app.peer.user = { sub: "taken-name", email: "other@work.example", email_verified: true, preferred_username: "taken" };
    await app.continuesWith(ada);
    expect((await ada.opens(path)).text).toContain("Username");
    expect(await leaves(ada, path, "Log in another way")).toBe("/login");
    expect(await codeTo(app, "ada@example.com")).toMatch(/^\d{6}$/);
  });

  it("link: the page has a way out before the login, and one that keeps the session of another account", async () => {
    const owner = await app.person({ username: "owner" }).isLoggedIn();
    await verifiesEmail(app, owner);
    app.peer.user = { sub: "owner", email: owner.identity.email, email_verified: true, preferred_username: "owner" };
    const visitor = app.person();
    expect((await app.continuesWith(visitor)).location).toBe("/login/link");
    expect(await leaves(visitor, "/login/link", "Log in another way")).toBe("/login");

    const other = app.person({ username: "other" });
    await other.signsUp();
    await app.continuesWith(other);
    await other.fillsIn("/login?next=/login/link", { email: other.identity.email, password: other.identity.password, next: "/login/link" });
    expect(await leaves(other, "/login/link", "Stay logged in")).toBe("/dashboard");
    expect((await other.opens("/dashboard")).text).toContain("other");
  });

  it("claim: the page has a way out that ends the login, and leaves the unverified account as it is", async () => {
    const squatter = app.person({ username: "squatter", email: "claimed@example.com" });
    await squatter.signsUp();
    app.peer.user = { sub: "claimed", email: "claimed@example.com", email_verified: true };
    const visitor = app.person();
    expect((await app.continuesWith(visitor, "?next=/settings/sessions")).location).toBe("/login/provider/claim");
    expect(await leaves(visitor, "/login/provider/claim", "Log in another way")).toBe("/login?next=%2Fsettings%2Fsessions");
    expect((await findUserByName(app.s, "squatter"))?.email).toBe("claimed@example.com");

    await app.continuesWith(visitor);
    const page = (await visitor.opens("/login/provider/claim", { accept: "application/json" })).json() as {
      proof: string;
      csrfToken: string;
    };
    const headers = { "x-csrf-token": page.csrfToken };
    const left = await visitor.sendsJson("/login/provider/claim", { leave: "1", proof: page.proof }, headers);
    expect([left.status, left.json()]).toEqual([200, { left: true }]);
  });

  it("link: JSON leaves too, and only the login that the page has shown", async () => {
    app.peer.user = { sub: "owner-2", email: "owner@example.com", email_verified: true };
    const visitor = app.person();
    await app.continuesWith(visitor);
    const page = (await visitor.opens("/login/link", { accept: "application/json" })).json() as { proof: string; csrfToken: string };
    const headers = { "x-csrf-token": page.csrfToken };
    const other = await visitor.sendsJson("/login/link", { leave: "1", proof: "x" }, headers);
    expect([other.status, other.json()]).toMatchObject([409, { error: { code: "login-changed" } }]);
    const left = await visitor.sendsJson("/login/link", { leave: "1", proof: page.proof }, headers);
    expect([left.status, left.json()]).toMatchObject([200, { left: true }]);
  });

  it("confirm login: without two-factor authentication, its set-up leads back to the login to confirm", async () => {
    const ida = await app.person({ username: "ida" }).isLoggedIn();
    await verifiesEmail(app, ida);
    app.peer.user = { sub: "ida", email: "ida@work.example", email_verified: true };
    await app.continuesWith(ida, "?purpose=link");
    await ida.fillsIn("/login/link", {});
    await app.s.db.updateTable("identities").set({ confirmed_at: null }).execute();
    const { id } = await app.s.db.selectFrom("identities").select("id").where("subject", "=", "ida").executeTakeFirstOrThrow();
    const confirm = `/settings/logins/confirm?id=${id}`;
    const next = `?next=${encodeURIComponent(confirm)}`;
    const overview = await ida.opens(confirm);
    expect(overview.location).toBe(`/settings/two-factor${next}`);
    const { token, html } = await ida.opens(overview.location ?? "");
    expect(html).toContain(`<input type="hidden" name="next" value="${confirm}">`);
    const setUp = "/settings/two-factor/authenticator";
    const begun = await ida.posts(setUp, { csrf_token: token, next: confirm });
    expect(begun.location).toBe(setUp + next);
    const page = await ida.opens(begun.location ?? "");
    expect(page.html).toContain(`<input type="hidden" name="next" value="${confirm}">`);
    const { authenticator } = (await ida.opens(setUp, { accept: "application/json" })).json() as { authenticator: { secret: string } };
    const code = phoneWith(app, authenticator.secret).code();
    const done = await ida.posts(setUp, { csrf_token: page.token, name: "Phone", code, next: confirm });
    expect(done.location).toBe(`/settings/two-factor/recovery${next}`);
    expect((await ida.opens(done.location ?? "")).html).toContain(`href="${confirm}">`);
    expect((await ida.opens(confirm)).text).toContain("Confirm Work login?");
  });

  it("set-up of two-factor authentication: it leads to no other site", { tags: ["asvs-3.7.2"] }, async () => {
    const kim = await app.person({ username: "kim" }).isLoggedIn();
    await verifiesEmail(app, kim);
    expect((await kim.opens("/settings/two-factor?next=//evil.test")).html).not.toContain("evil.test");
    const { token } = await kim.opens("/settings/two-factor");
    const begun = await kim.posts("/settings/two-factor/authenticator", { csrf_token: token, next: "https://evil.test/" });
    expect(begun.location).toBe("/settings/two-factor/authenticator");
  });
});
