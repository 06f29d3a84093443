/** Tests logging in, signing up and linking with other providers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wrongDigits } from "../../../../test/codes.ts";
import { codeTo, type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { findUserByEmail, findUserByName } from "../../../core/users/users.ts";

const json = { accept: "application/json" };

describe("providers: login and sign-up", () => {
  let app: ProviderApp;
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_LINK: "verified" });
  });
  afterAll(() => app.close());

  it("providers: the first login makes an account with the proposed username, the verified email and the name", async () => {
    app.peer.user = { sub: "first", email: "grace@example.com", email_verified: true, name: "Grace Hopper", preferred_username: "grace" };
    const person = app.person();
    const answer = await app.continuesWith(person, "?next=/settings");
    expect([answer.status, answer.location]).toEqual([303, "/settings"]);
    const user = await findUserByName(app.s, "grace");
    expect([user?.email, user?.email_verified_at !== null, user?.display_name]).toEqual(["grace@example.com", true, "Grace Hopper"]);
    expect((await person.opens("/settings")).text).toContain("Account created. Welcome, Grace Hopper!");
    expect((await person.opens("/settings")).text).not.toContain("Account created");
  });

  it("providers: later logins open the same account, whatever its email is there", async () => {
    app.peer.user = { sub: "first", email: "another@example.com", email_verified: true, name: "Changed", preferred_username: "other" };
    const person = app.person();
    expect((await app.continuesWith(person)).status).toBe(303);
    const { user } = (await person.opens("/settings/sessions", json)).json() as { user?: unknown };
    expect(user).toBeUndefined();
    const { text } = await person.opens("/dashboard");
    expect([text.includes("Grace Hopper"), text.includes("Account created")]).toEqual([true, false]);
    expect(await findUserByEmail(app.s, "another@example.com")).toBeUndefined();
  });

  it("providers: a taken username is asked for, and the page takes another", async () => {
    app.peer.user = { sub: "second", email: "second@example.com", email_verified: true, preferred_username: "grace" };
    const person = app.person();
    const answer = await app.continuesWith(person, "?next=/settings");
    expect([answer.status, answer.location]).toEqual([303, "/signup/provider"]);
    const page = await person.opens("/signup/provider");
    expect(page.text).toContain("You're signing up with Work as second@example.com.");
    expect((await person.fillsIn("/signup/provider", { username: "grace" })).text).toContain("This username is taken.");
    const created = await person.fillsIn("/signup/provider", { username: "grace2" });
    expect([created.status, created.location]).toEqual([303, "/settings"]);
    expect((await findUserByName(app.s, "grace2"))?.email).toBe("second@example.com");
    expect((await person.opens("/signup/provider")).location).toBe("/login");
  });

  it("providers: an email that the provider does not vouch for is verified by a code first", async () => {
    app.peer.user = { sub: "third", email: "third@example.com", email_verified: false, preferred_username: "third" };
    const person = app.person();
    expect((await app.continuesWith(person)).location).toBe("/signup/provider");
    expect(await app.emails("third@example.com")).toEqual([]);
    expect((await person.fillsIn("/signup/provider", { email: "third@example.com" })).location).toBe("/signup/provider");
    const { text, html } = await person.opens("/signup/provider");
    for (const help of ["Check your inbox", "Check your spam folder", "Send again"]) expect(text).toContain(help);
    expect(html).toContain('href="/signup/provider?correct=1"');
    const wrong = await person.fillsIn("/signup/provider", { code: wrongDigits(await codeTo(app, "third@example.com")) });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("That code is incorrect or has expired.")]);
    const right = await person.fillsIn("/signup/provider", { code: await codeTo(app, "third@example.com") });
    expect([right.status, right.location]).toEqual([303, "/dashboard"]);
    expect((await person.opens("/dashboard")).text).toContain("Account created. Welcome, third!");
    expect((await findUserByName(app.s, "third"))?.email_verified_at).not.toBeNull();
  });

  it("providers: a verified account with the vouched email is linked and told, where the site allows it", async () => {
    const owner = await app.person({ username: "owner" }).isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).where("username", "=", "owner").execute();
    app.peer.user = { sub: "owner", email: owner.identity.email, email_verified: true };
    const person = app.person();
    expect((await app.continuesWith(person)).location).toBe("/dashboard");
    const [notice] = await app.emails(owner.identity.email);
    expect(notice?.subject).toBe("A new way to log in was added to your account");
    expect(notice?.text).toContain("/report-compromise?token=");
    const { linked } = (await person.opens("/settings/logins", json)).json() as { linked: { provider: string }[] };
    expect(linked.map(({ provider }) => provider)).toEqual(["work"]);
  });

  it("providers: five tabs can be under way at once, in any order, and the oldest of six expires", async () => {
    app.peer.user = { sub: "first", email: "grace@example.com", email_verified: true };
    const person = app.person();
    const ways: string[] = [];
    for (let i = 0; i < 6; i++) {
      ways.push(await app.goesThere(person));
      app.passes(1);
    }
    expect([...person.cookies.keys()].filter((name) => name.startsWith("latchkey_oauth_"))).toHaveLength(5);
    for (const way of [3, 5, 1, 2, 4]) expect((await person.opens(ways[way] ?? "")).location).toBe("/dashboard");
    const oldest = await person.opens(ways[0] ?? "");
    expect(oldest.location).toContain("/login");
    expect((await person.opens("/dashboard")).text).toContain("expired or was already used");
  });

  it("providers: each refusal leads back to the login page with a sentence, and the log has its cause and the request", async () => {
    app.peer.user = undefined;
    const person = app.person();
    app.resetRecords();
    const answer = await app.continuesWith(person, "?next=/settings");
    expect([answer.status, answer.location]).toEqual([303, "/login?next=%2Fsettings"]);
    expect((await person.opens("/login")).text).toContain("You didn't log in with Work. Try again, or log in another way.");
    expect(app.lines).toContainEqual(
      expect.objectContaining({
        message: "a login with a provider was refused",
        provider: "work",
        reason: "denied",
        id: expect.any(String),
      }),
    );
  });

  it("providers: the last used one is marked on the login page", async () => {
    app.peer.user = { sub: "first", email: "grace@example.com", email_verified: true };
    const person = app.person();
    expect((await person.opens("/login")).text).toMatch(/Continue with Work(?! Last used)/);
    await app.continuesWith(person);
    await person.logsOut();
    expect((await person.opens("/login")).text).toContain("Continue with Work Last used");
  });

  it("providers: the login page has a link for each answer to Remember me, also as its only way in", async () => {
    const links = ({ html }: { readonly html: string }) => [...html.matchAll(/href="(\/oauth\/start[^"]*)"/g)].map(([, href]) => href);
    const both = ["/oauth/start/work?next=%2Fsettings", "/oauth/start/work?next=%2Fsettings&amp;remember=on"];
    const page = await app.person().opens("/login?next=/settings");
    expect(links(page)).toEqual(both);
    // On the sign-up page, nothing is asked.
    expect(links(await app.person().opens("/signup"))).toEqual(["/oauth/start/work"]);
    const alone = await providerApp({ SIGNUP: "closed", PASSWORDS: "off", PASSKEYS: "off" });
    try {
      const only = await alone.person().opens("/login?next=/settings");
      expect(links(only)).toEqual(both);
      expect([only.html.includes('name="remember"'), only.text]).toEqual([true, expect.stringContaining("Remember me")]);
    } finally {
      await alone.close();
    }
  });

  it("providers: a login is remembered where the user asked for it, also after a username, a code and a second factor", async () => {
    const stored = async (name: string) => {
      const { id } = (await findUserByName(app.s, name)) ?? { id: "" };
      const rows = await app.s.db
        .selectFrom("sessions")
        .select("remembered")
        .where("user_id", "=", id)
        .orderBy("created_at", "desc")
        .execute();
      return rows[0]?.remembered;
    };
    for (const [i, [query, expected]] of (
      [
        ["", 0],
        ["?remember=on", 1],
        ["?remember=off", 0],
        ["?remember=", 0],
      ] as const
    ).entries()) {
      app.peer.user = { sub: `stays-${i}`, email: `stays${i}@example.com`, email_verified: true };
      await app.continuesWith(app.person(), query);
      expect([query, await stored(`stays${i}`)]).toEqual([query, expected]);
    }
    app.peer.user = { sub: "stays-name", email: "a@stays.example", email_verified: true };
    const named = app.person();
    await app.continuesWith(named, "?remember=on");
    expect((await named.fillsIn("/signup/provider", { username: "stays-named" })).location).toBe("/dashboard");
    expect(await stored("stays-named")).toBe(1);
    app.peer.user = { sub: "stays-code", email: "stays-code@example.com", email_verified: false };
    const coded = app.person();
    await app.continuesWith(coded, "?remember=on");
    await coded.fillsIn("/signup/provider", { email: "stays-code@example.com" });
    await coded.fillsIn("/signup/provider", { code: await codeTo(app, "stays-code@example.com") });
    expect(await stored("stays-code")).toBe(1);
    const phone = await addsPhone(app, coded);
    app.passes(60_000);
    const second = app.person();
    expect((await app.continuesWith(second, "?remember=on")).location).toBe("/login/two-factor");
    await second.fillsIn("/login/two-factor", { code: phone.code() });
    expect((await second.opens("/dashboard")).status).toBe(200);
    expect(await stored("stays-code")).toBe(1);
  });

  it("providers: a JSON client gets the URL of the provider, and the cookie", async () => {
    const answer = await app.person().opens("/oauth/start/work", json);
    expect((answer.json() as { url: string }).url).toMatch(/^https:\/\/login\.example\.com\/authorize\?/);
    expect([...answer.setCookies.keys()].filter((name) => name.startsWith("latchkey_oauth_"))).toHaveLength(1);
  });
});
