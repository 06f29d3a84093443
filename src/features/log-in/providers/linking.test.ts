/** Tests linking and unlinking logins with providers, and confirming with them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import { addsPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { addsPhone, verifiesEmail } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

const json = { accept: "application/json" };

describe("linked logins", () => {
  let app: ProviderApp;
  let count = 0;
  const member = async () => {
    const person = await app.person({ username: `linker${count++}` }).isLoggedIn();
    await verifiesEmail(app, person);
    return person;
  };
  const atProvider = (sub: string, email = `${sub}@work.example`, isVouched = true) => {
    app.peer.user = { sub, email, email_verified: isVouched, preferred_username: sub };
  };
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_LINK: "off", PROVIDER_CALLBACKS: "https://app.example.com/in" });
  });
  afterAll(() => app.close());

  it("linked logins: a link is confirmed on a page that names both accounts, and the owner is told", async () => {
    const ada = await member();
    atProvider("link-1");
    const back = await app.continuesWith(ada, "?purpose=link");
    expect(back.location).toBe("/login/link");
    expect(await linkedOf(ada)).toEqual([]);
    expect((await ada.opens("/settings")).text).toContain("Add: Linked logins");
    const lead = "You can log in with these accounts at other sites.";
    expect((await ada.opens("/settings/logins")).text).not.toContain(lead);
    const page = await ada.opens("/login/link");
    expect(page.text).toContain("link-1@work.example");
    expect(page.text).toContain(ada.identity.username);
    const linked = await ada.fillsIn("/login/link", {});
    expect([linked.status, linked.location]).toEqual([303, "/settings/logins"]);
    expect((await ada.opens("/settings")).text).toContain("Change: Linked logins");
    expect((await ada.opens("/settings/logins")).text).toContain(lead);
    expect(await linkedOf(ada)).toMatchObject([{ provider: "work", email: "link-1@work.example", lastUsedAt: null }]);
    expect((await app.emails(ada.identity.email))[0]?.text).toMatch(
      /You can now log in to your account at Latchkey with Work\s\(link-1@work.example\)/,
    );
    const other = app.person();
    expect((await app.continuesWith(other)).location).toBe("/dashboard");
    expect((await linkedOf(ada))[0]?.lastUsedAt).not.toBeNull();
  });

  it("linked logins: the page and the notice say if the provider does not vouch for the email", async () => {
    for (const [sub, isVouched] of [
      ["vouched", true],
      ["claimed", false],
    ] as const) {
      const ada = await member();
      atProvider(sub, `${sub}@trusted.example`, isVouched);
      await app.continuesWith(ada, "?purpose=link");
      const { text } = await ada.opens("/login/link");
      expect((await ada.opens("/login/link", json)).json()).toMatchObject({ isEmailVouched: isVouched });
      expect(text).toContain(`${sub}@trusted.example`);
      expect(text.includes("Email not confirmed by Work")).toBe(!isVouched);
      expect((await ada.fillsIn("/login/link", {})).location).toBe("/settings/logins");
      const settings = await ada.opens("/settings/logins");
      expect(settings.text.includes("Email not confirmed by Work")).toBe(!isVouched);
      const [shown] = await linkedOf(ada);
      expect(shown).toMatchObject({ email: `${sub}@trusted.example`, isEmailVouched: isVouched });
      expect((await ada.opens(`/settings/logins/unlink?id=${shown?.id}`)).text.includes("Email not confirmed by Work")).toBe(!isVouched);
      const notice = (await app.emails(ada.identity.email))[0]?.text.replaceAll(/\s+/g, " ");
      expect(notice).toContain(`with Work (${sub}@trusted.example${isVouched ? "" : ", not confirmed by Work"}).`);
    }
  });

  it("linked logins: a later login says anew whether the provider vouches, and so does the page that switches accounts", async () => {
    const [ada, other] = [await member(), await member()];
    atProvider("changing", "changing@trusted.example");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    for (const isVouched of [false, true]) {
      atProvider("changing", "changing@trusted.example", isVouched);
      expect((await app.continuesWith(other)).location).toBe("/login/provider/switch");
      expect((await other.opens("/login/provider/switch")).text.includes("Email not confirmed by Work")).toBe(!isVouched);
      expect((await other.opens("/login/provider/switch", json)).json()).toMatchObject({ isEmailVouched: isVouched });
      await app.continuesWith(app.person());
      expect((await linkedOf(ada))[0]?.isEmailVouched).toBe(isVouched);
      expect((await ada.opens("/settings/logins")).text.includes("Email not confirmed by Work")).toBe(!isVouched);
    }
  });

  it("linked logins: with an unverified email, the settings and the link page say to verify it first, and offer no link", async () => {
    const ada = await app.person({ username: "unverified" }).isLoggedIn();
    const settings = await ada.opens("/settings/logins");
    expect(settings.html).toContain('href="/verify-email?next=%2Fsettings%2Flogins"');
    expect(settings.html).not.toContain("/oauth/start/");
    expect(settings.text).toContain("Verify your email first.");
    atProvider("link-unverified");
    expect((await app.continuesWith(ada, "?purpose=link")).location).toBe("/login/link");
    const page = await ada.opens("/login/link");
    expect(page.text).toContain("Verify your account's email before you link Work.");
    expect(page.html).toContain('href="/verify-email?next=%2Flogin%2Flink"');
    expect(page.text).not.toContain("Link accounts");
    await verifiesEmail(app, ada);
    expect((await ada.opens("/settings/logins")).html).toContain("/oauth/start/work?purpose=link");
    expect((await ada.opens("/login/link")).text).toContain("Link accounts");
  });

  it("linked logins: with an account of the same email, the user logs in first and then confirms", async () => {
    const ada = await member();
    atProvider("link-2", ada.identity.email);
    const person = app.person(ada.identity);
    expect((await app.continuesWith(person, "?next=/settings/sessions")).location).toBe("/login/link");
    expect((await person.opens("/login/link")).text).toContain("You already have an account");
    await person.fillsIn("/login?next=/login/link", { email: ada.identity.email, password: ada.identity.password, next: "/login/link" });
    expect((await person.opens("/login/link")).text).toContain("Link accounts");
    expect((await person.fillsIn("/login/link", {})).location).toBe("/settings/sessions");
    expect(await linkedOf(person)).toHaveLength(1);
  });

  it("linked logins: an unlinked one no longer logs in, its sessions end, and the owner is told", async () => {
    const ada = await member();
    atProvider("link-3");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const other = app.person();
    await app.continuesWith(other);
    const [identity] = await linkedOf(ada);
    const id = identity?.id ?? "";
    const gone = await ada.fillsIn(`/settings/logins/unlink?id=${id}`, { id });
    expect([gone.status, gone.location]).toEqual([303, "/settings/logins"]);
    expect((await other.opens("/dashboard")).status).toBe(303);
    expect((await ada.opens("/dashboard")).status).toBe(200);
    expect((await app.emails(ada.identity.email))[0]?.subject).toBe("A way to log in was removed from your account");
    const later = app.person();
    await app.continuesWith(later);
    expect((await later.opens("/settings")).text).not.toContain(ada.identity.username);
  });

  it("linked logins: the last way in is never unlinked, and the page says what to add first", async () => {
    atProvider("alone");
    const alone = app.person();
    await app.continuesWith(alone);
    const [identity] = await linkedOf(alone);
    const id = identity?.id ?? "";
    const before = await alone.opens(`/settings/logins/unlink?id=${id}`);
    expect(before.text).toContain("Set a password or add a passkey first.");
    expect(before.text).not.toContain("you'll be logged out");
    expect(before.html).not.toContain('name="id"');
    const refused = await alone.fillsIn(`/settings/logins/unlink?id=${id}`, { id });
    expect(refused.text).not.toContain("you'll be logged out");
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("Set a password or add a passkey first.")]);
    expect(await linkedOf(alone)).toHaveLength(1);
  });

  it("activity: each login with a provider is one event that stores it, also after the login was unlinked", async () => {
    const active = await member();
    atProvider("active");
    await app.continuesWith(active, "?purpose=link");
    await active.fillsIn("/login/link", {});
    await active.logsOut();
    await app.continuesWith(active);
    await active.logsOut();
    await active.logsIn();
    await unlinks(active, (await linkedOf(active))[0]?.id);
    const { html } = await active.opens("/settings/activity");
    const titles = [...html.matchAll(/<strong>([^<]*)<\/strong>/g)].map(([, title]) => title);
    expect(titles.slice(0, 6)).toEqual([
      "Linked login removed (Work)",
      "Logged in",
      "Logged out",
      "Logged in with Work",
      "Logged out",
      "Linked login added (Work)",
    ]);
    const answer = (await active.opens("/settings/activity", json)).json() as { events: { event: string; provider: string | null }[] };
    const named = answer.events.slice(0, 4).map(({ event, provider }) => [event, provider]);
    expect(named).toEqual([
      ["provider-unlinked", "work"],
      ["logged-in", null],
      ["logged-out", null],
      ["logged-in", "work"],
    ]);
    const exported = JSON.parse((await active.fillsIn("/settings/export", {})).html) as { events: { provider?: string }[] };
    expect(exported.events.filter(({ provider }) => provider === "work")).toHaveLength(3);
  });

  it("activity: a login by password keeps its row after a login of an app with a provider, from the same device", async () => {
    const ada = await member();
    atProvider("in-app");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    app.passes(86_400_000);
    const toApp = await app.continuesWith(app.person(), `?callback=https://app.example.com/in&challenge=${"c".repeat(43)}`);
    expect(toApp.location).toContain("https://app.example.com/in?code=");
    app.passes(11_000);
    const thief = app.person(ada.identity);
    await thief.logsIn();
    const { html } = await thief.opens("/settings/activity");
    const titles = [...html.matchAll(/<strong>([^<]*)<\/strong>/g)].map(([, title]) => title);
    expect(titles.slice(0, 2)).toEqual(["Logged in", "Login with another provider handed to an app (Work)"]);
  });

  it("linked logins: second factors still count", async () => {
    const ada = await member();
    atProvider("link-4");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const phone = await addsPhone(app, ada);
    const person = app.person();
    expect((await app.continuesWith(person)).location).toBe("/login/two-factor");
    expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await person.fillsIn("/login/two-factor", { code: phone.code() })).status).toBe(303);
    const row = await app.s.db
      .selectFrom("sessions")
      .select(["identity_id", "sid", "methods"])
      .where("methods", "like", "provider:work%")
      .execute();
    expect(row).toContainEqual({ identity_id: expect.any(String), sid: app.peer.sid, methods: "provider:work totp" });
  });

  it("linked logins: a fresh login at the same provider account confirms a sensitive change", async () => {
    atProvider("confirms");
    const person = app.person();
    await app.continuesWith(person);
    app.passes(20 * 60_000);
    const asked = await person.opens("/settings/delete");
    expect(asked.location).toContain("/confirm-password");
    expect((await person.opens(asked.location ?? "")).html).toContain(
      "/oauth/start/work?purpose=reauthenticate&amp;next=%2Fsettings%2Fdelete",
    );
    const back = await app.continuesWith(person, "?purpose=reauthenticate&next=/settings/delete");
    expect(back.location).toBe("/settings/delete");
    expect((await person.opens("/settings/delete")).status).toBe(200);
  });

  it("linked logins: without a fresh auth_time, or with another account, nothing is confirmed", async () => {
    atProvider("stale");
    const person = app.person();
    await app.continuesWith(person);
    app.passes(20 * 60_000);
    app.peer.lies = { idToken: ({ auth_time: _, ...claims }) => claims };
    expect((await app.continuesWith(person, "?purpose=reauthenticate&next=/settings/delete")).location).toContain("/confirm-password");
    app.peer.lies = { idToken: (claims) => ({ ...claims, auth_time: Math.floor(app.s.now() / 1_000) - 300 }) };
    expect((await app.continuesWith(person, "?purpose=reauthenticate&next=/settings/delete")).location).toContain("/confirm-password");
    app.peer.lies = {};
    atProvider("confirms");
    expect((await app.continuesWith(person, "?purpose=reauthenticate&next=/settings/delete")).location).toContain("/confirm-password");
    expect((await person.opens("/settings/delete")).location).toContain("/confirm-password");
  });

  it("linked logins: without a password, a code by email confirms too", async () => {
    atProvider("coded", "coded@example.com");
    const person = app.person();
    await app.continuesWith(person);
    app.passes(20 * 60_000);
    await person.fillsIn("/confirm-password?next=/settings/delete", { email_code: "" });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("coded@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await person.fillsIn("/confirm-password?next=/settings/delete", { email_code: code, next: "/settings/delete" })).location).toBe(
      "/settings/delete",
    );
  });

  it("linked logins: with a passkey, no code by email confirms", async () => {
    atProvider("keyed", "keyed@example.com");
    const person = app.person();
    await app.continuesWith(person);
    const methods = async () =>
      ((await person.opens("/confirm-password?next=/settings/delete", json)).json() as { methods: string[] }).methods;
    expect(new Set(await methods())).toEqual(new Set(["email-code", "provider:any"]));
    expect((await addsPasskey(person, passkeyDevice())).status).toBe(303);
    expect(new Set(await methods())).toEqual(new Set(["passkey", "provider:any"]));
    app.passes(20 * 60_000);
    await person.fillsIn("/confirm-password?next=/settings/delete", { email_code: "" });
    expect((await app.emails("keyed@example.com")).map(({ kind }) => kind)).not.toContain("confirm-code");
  });

  it("linked logins: a report that it was not the owner removes what was linked since, and the export names it", async () => {
    const ada = await member();
    atProvider("intruder");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const exported = await ada.fillsIn("/settings/export", {});
    expect(JSON.parse(exported.html).linkedLogins).toMatchObject([{ provider: "work", subject: "intruder" }]);
    const [notice] = await app.emails(ada.identity.email);
    const link = /https?:\/\/[^/\s]+(\/report-compromise\?\S+)/.exec(notice?.text ?? "")?.[1] ?? "";
    const owner = app.person();
    const opened = await owner.opens(link);
    expect((await owner.fillsIn(opened.location ?? "", {})).status).toBe(303);
    const id = (await findUserByName(app.s, ada.identity.username))?.id ?? "";
    expect(await app.s.db.selectFrom("identities").select("id").where("user_id", "=", id).execute()).toEqual([]);
    const events = await app.s.db.selectFrom("audit").select(["event", "provider"]).where("user_id", "=", id).execute();
    expect(events).toContainEqual({ event: "provider-unlinked", provider: "work" });
  });
});
