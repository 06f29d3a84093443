/** Tests providers for apps, Apple's way back, logout by the provider, roles, factors and tokens. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../../../test/person.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { verifiesEmail } from "../../../../test/two-factor.ts";
import { replacePassword } from "../../../core/account/admin-actions.ts";
import { unlinkByAdmin } from "../../../core/account/unlink-login.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { readProviderTokens } from "../../../core/identities/identities.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

const origin = "https://app.example.com";
const callback = `${origin}/callback`;
const verifier = "a verifier that only this app knows, long enough";
const challenge = createHash("sha256").update(verifier).digest("base64url");
const appQuery = `?callback=${encodeURIComponent(callback)}&challenge=${challenge}&next=/welcome`;

describe("providers: apps and sessions", () => {
  let app: ProviderApp;
  const as = (sub: string, claims: object = {}) => {
    app.peer.user = { sub, email: `${sub}@example.com`, email_verified: true, preferred_username: sub, ...claims };
  };
  const roles = async (name: string) => (await findUserByName(app.s, name))?.roles;
  const exchanges = (person: Person, fields: object, headers: Record<string, string> = { origin }) =>
    person.sendsJson("/oauth/exchange", fields, headers);
  beforeAll(async () => {
    app = await providerApp({
      SIGNUP: "open",
      PROVIDER_CALLBACKS: callback,
      PROVIDER_WORK_ROLES: "groups:admins>admin,groups:staff>editor",
      PROVIDER_WORK_TRUST_AMR: "on",
      PROVIDER_WORK_KEEP_TOKENS: "on",
      LIMIT_CODES_PER_IP: "1000/10m",
    });
  });
  afterAll(() => app.close());

  it("providers: an app gets a code at its callback URL, and exchanges it once for a token", async () => {
    as("spa");
    const browser = app.person();
    const back = await app.continuesWith(browser, appQuery);
    const url = new URL(back.location ?? "");
    expect([url.origin, url.pathname, browser.cookies.has("latchkey_session")]).toEqual([origin, "/callback", false]);
    const code = url.searchParams.get("code");
    const client = app.person();
    const exchanged = await exchanges(client, { code, verifier });
    const { token, user } = exchanged.json() as { token: string; user: { username: string } };
    expect([exchanged.status, user.username, exchanged.headers.get("access-control-allow-origin")]).toEqual([200, "spa", "*"]);
    expect((await client.opens("/dashboard", { authorization: `Bearer ${token}`, accept: "application/json" })).status).toBe(200);
    expect((await exchanges(client, { code, verifier })).status).toBe(403);
  });

  it("providers: the code of an app is refused with another verifier, from another origin and after a minute", async () => {
    as("spa");
    const attempts: [object, Record<string, string>, number][] = [
      [{ verifier: "another" }, { origin }, 0],
      [{ verifier }, { origin: "https://evil.example" }, 0],
      [{ verifier }, { origin }, 60_001],
    ];
    for (const [fields, headers, later] of attempts) {
      const back = await app.continuesWith(app.person(), appQuery);
      app.passes(later);
      const code = new URL(back.location ?? "").searchParams.get("code");
      expect((await exchanges(app.person(), { code, ...fields }, headers)).status).toBe(403);
    }
    expect((await app.person().opens(`/oauth/start/work?callback=https://evil.example/callback&challenge=${challenge}`)).status).toBe(403);
    expect((await app.person().opens(`/oauth/start/work?callback=${callback}`)).status).toBe(403);
  });

  it("providers: an app is told of a refused login at its callback URL", async () => {
    app.peer.user = undefined;
    const back = await app.continuesWith(app.person(), appQuery);
    expect(back.location).toBe(`${callback}?error=denied&next=%2Fwelcome`);
  });

  it("providers: roles of the mapping follow the claims at each login, and others stay", async () => {
    as("roleful", { groups: ["staff"] });
    await app.continuesWith(app.person());
    await grantRole(app.s, (await findUserByName(app.s, "roleful"))?.id ?? "", "own", actingAs("test"));
    expect(await roles("roleful")).toBe("editor,own");
    as("roleful", { groups: ["admins"] });
    await app.continuesWith(app.person());
    expect(await roles("roleful")).toBe("admin,own");
    as("second-admin", { groups: ["admins"] });
    await app.continuesWith(app.person());
    as("roleful");
    await app.continuesWith(app.person());
    expect(await roles("roleful")).toBe("own");
  });

  it("providers: the last administrator keeps the role", async () => {
    as("second-admin");
    await app.continuesWith(app.person());
    expect(await roles("second-admin")).toBe("admin");
  });

  it("providers: the provider's second factor counts where it is trusted, and only where it says mfa", async () => {
    as("factors");
    await app.continuesWith(app.person());
    await app.s.db.updateTable("users").set({ two_factor_since: 1 }).where("username", "=", "factors").execute();
    app.peer.lies = { idToken: (claims) => ({ ...claims, amr: ["pwd"] }) };
    expect((await app.continuesWith(app.person())).location).toBe("/login/two-factor");
    app.peer.lies = { idToken: (claims) => ({ ...claims, amr: ["pwd", "mfa"] }) };
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    app.peer.lies = {};
  });

  it("providers: administrators see linked logins and unlink them, but never the last way in", async () => {
    as("managed");
    await app.continuesWith(app.person());
    const id = (await findUserByName(app.s, "managed"))?.id ?? "";
    const admin = await app.person({ username: "boss" }).isLoggedIn();
    await grantRole(app.s, (await findUserByName(app.s, "boss"))?.id ?? "", "admin", actingAs("test"));
    const page = await admin.opens(`/admin/user?id=${id}`);
    expect(page.text).toContain("Work managed@example.com");
    expect(page.text).toContain("Logged in with Work");
    const log = `/admin/events?user=${id}`;
    expect((await admin.opens(log)).text).toContain("Logged in with Work");
    const { events } = (await admin.opens(log, { accept: "application/json" })).json() as { events: { event: string; provider: string }[] };
    expect(events.find(({ event }) => event === "logged-in")?.provider).toBe("work");
    const { logins } = (await admin.opens(`/admin/user?id=${id}`, { accept: "application/json" })).json() as { logins: { id: string }[] };
    const login = logins[0]?.id ?? "";
    expect(await unlinkByAdmin(app.s, id, login, actingAs("test"))).toBe("last-way-in");
    await replacePassword(app.s, id, await hashPassword(app.s, "a lighthouse at dawn", {}), actingAs("test"));
    expect(await unlinkByAdmin(app.s, id, login, actingAs("test"))).toBe("unlinked");
    expect(await unlinkByAdmin(app.s, id, login, actingAs("test"))).toBe("not-found");
    expect((await app.emails("managed@example.com"))[0]?.subject).toBe("A way to log in was removed from your account");
  });

  it("providers: tokens are kept encrypted where the site asks for them", async () => {
    as("keeper");
    await app.continuesWith(app.person());
    const id = (await findUserByName(app.s, "keeper"))?.id ?? "";
    const tokens = await readProviderTokens(app.s, id, "work");
    expect(tokens).toMatchObject({ accessToken: expect.any(String), idToken: expect.any(String) });
    const row = await app.s.db.selectFrom("identities").select("tokens").where("user_id", "=", id).executeTakeFirst();
    expect(row?.tokens).not.toContain(tokens?.accessToken);
    // Tokens of an earlier issuer are not for the provider that has its name now.
    await app.s.db.updateTable("identities").set({ issuer: "https://earlier.example.com" }).where("user_id", "=", id).execute();
    expect(await readProviderTokens(app.s, id, "work")).toBeUndefined();
  });

  it.each([
    ["sid", (sid: string) => ({ sid, sub: undefined })],
    ["sub", () => ({ sid: undefined })],
    ["sid and sub", (sid: string) => ({ sid })],
  ])("providers: a logout by %s ends the sessions that began there, once, and no others", async (_name, claims) => {
    as("logged-out");
    const [here, elsewhere] = [app.person(), app.person()];
    app.peer.sid = `session ${_name}`;
    await app.continuesWith(here);
    const other = await app.person({ username: `stays-${_name.replaceAll(" ", "-")}` }).isLoggedIn();
    const token = app.peer.logoutToken(claims(app.peer.sid));
    const send = () => elsewhere.posts("/oauth/backchannel/work", { logout_token: token }, { accept: "application/json" });
    const answer = await send();
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect([(await here.opens("/dashboard")).status, (await other.opens("/dashboard")).status]).toEqual([303, 200]);
    app.passes(1_000);
    await app.continuesWith(here);
    expect((await send()).status).toBe(200);
    expect((await here.opens("/dashboard")).status).toBe(200);
  });

  it.each([
    ["by session", (sid: string) => ({ sub: undefined, sid }), (_: string) => ({ sub: undefined, sid: "another session" })],
    ["by user", (_: string, sub: string) => ({ sub, sid: undefined }), (_: string) => ({ sub: "another user", sid: undefined })],
    ["by both", (sid: string, sub: string) => ({ sub, sid }), (sub: string) => ({ sub, sid: "another session" })],
  ])("providers: logout of the provider ends logins that wait on a page, %s, and no others", async (name, claims, others) => {
    const stages = [
      // Its local part is too short for a username.
      { path: "/signup/provider", sub: `username ${name}`, email: "a@short.example" },
      { path: "/login/provider/claim", sub: `claim ${name}`, email: `claimed-${name.replace(" ", "-")}@example.com` },
    ];
    await app.person({ username: `claimed-${name.replace(" ", "-")}` }).isLoggedIn();
    for (const { path, sub, email } of stages) {
      const person = app.person();
      const sid = `waits ${name} ${path}`;
      app.peer.sid = sid;
      app.peer.user = { sub, email, email_verified: true };
      expect((await app.continuesWith(person)).location).toBe(path);
      const logsOut = (own: Record<string, unknown>) =>
        app.person().posts("/oauth/backchannel/work", { logout_token: app.peer.logoutToken(own) }, { accept: "application/json" });
      expect((await logsOut(others(sub))).status).toBe(200);
      const page = await person.opens(path);
      expect(page.status).toBe(200);
      expect((await logsOut(claims(sid, sub))).status).toBe(200);
      expect((await person.opens(path)).location).toBe("/login");
      const proof = /name="proof" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
      const late = await person.posts(path, { csrf_token: page.token, proof, username: "too-late" });
      expect([late.status, late.text]).toEqual([422, expect.stringContaining("expired")]);
      expect((await person.opens("/dashboard")).status).toBe(303);
    }
  });

  it("providers: a logout of one session of a user ends those whose session the provider has never named, and of no other user", async () => {
    app.peer.lies = { idToken: ({ sid: _, ...claims }) => claims };
    const [here, elsewhere] = [app.person(), app.person()];
    as("unnamed-other");
    await app.continuesWith(elsewhere);
    as("unnamed");
    await app.continuesWith(here);
    const waiting = app.person();
    const code = new URL((await app.continuesWith(waiting, appQuery)).location ?? "").searchParams.get("code") ?? "";
    app.peer.lies = {};
    const post = (claims: Record<string, unknown>) =>
      app.person().posts("/oauth/backchannel/work", { logout_token: app.peer.logoutToken(claims) }, { accept: "application/json" });
    const areIn = async () => [(await here.opens("/dashboard")).status, (await elsewhere.opens("/dashboard")).status];
    expect((await post({ sub: undefined })).status).toBe(200);
    expect(await areIn()).toEqual([200, 200]);
    expect((await post({})).status).toBe(200);
    expect(await areIn()).toEqual([303, 200]);
    expect((await exchanges(app.person(), { code, verifier })).status).toBe(403);
  });

  it("providers: a logout token of another session of the user ends nothing, and a forged one is refused", async () => {
    as("logged-out");
    const here = app.person();
    app.peer.sid = "this session";
    await app.continuesWith(here);
    const post = (token: string) => app.person().posts("/oauth/backchannel/work", { logout_token: token }, { accept: "application/json" });
    expect((await post(app.peer.logoutToken({ sid: "another session" }))).status).toBe(200);
    expect((await post(`${app.peer.logoutToken()}x`)).status).toBe(400);
    expect((await post("")).status).toBe(400);
    expect((await here.opens("/dashboard")).status).toBe(200);
  });
});

describe("providers: domains and link policy", () => {
  it("providers: with domains, only their emails sign up, also after a code", async () => {
    const app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_DOMAINS: "work.example" });
    try {
      app.peer.user = { sub: "outside", email: "eve@evil.example", email_verified: true };
      const person = app.person();
      expect((await app.continuesWith(person)).location).toBe("/login");
      expect((await person.opens("/login")).text).toContain("because its email belongs to another organization");
      app.peer.user = { sub: "nobody" };
      await app.continuesWith(person);
      await person.fillsIn("/signup/provider", { email: "eve@evil.example" });
      const code = /^ {4}(\d{6})$/m.exec((await app.emails("eve@evil.example"))[0]?.text ?? "")?.[1] ?? "";
      expect((await person.fillsIn("/signup/provider", { code })).location).toBe("/login");
      app.peer.user = { sub: "inside", email: "ada@work.example", email_verified: true };
      expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    } finally {
      await app.close();
    }
  });

  it("providers: a page that Apple's cross-site POST gets changes nothing, and posts again from this site", async () => {
    const app = await providerApp({ SIGNUP: "open" });
    try {
      app.peer.user = { sub: "posted", email: "posted@example.com", email_verified: true, preferred_username: "posted" };
      const person = app.person();
      const back = new URL(await app.goesThere(person), app.url);
      const fields = Object.fromEntries(back.searchParams);
      // Cross-site: the browser sends no cookies.
      const page = await app
        .person()
        .posts("/oauth/callback/work", fields, { origin: "https://login.example.com", "sec-fetch-site": "cross-site" });
      expect([page.status, [...page.setCookies.keys()]]).toEqual([200, []]);
      expect(page.html).toContain('<form method="post" action="/oauth/callback/work/continue" data-submit>');
      expect(page.html).toContain(`name="state" value="${fields["state"]}"`);
      expect(await findUserByName(app.s, "posted")).toBeUndefined();
      const foreign = await person.posts("/oauth/callback/work/continue", fields, {
        origin: "https://evil.example",
        "sec-fetch-site": "cross-site",
      });
      expect(foreign.status).toBe(403);
      const done = await person.posts("/oauth/callback/work/continue", fields, {
        origin: "http://localhost:5050",
        "sec-fetch-site": "same-origin",
      });
      expect(done.location).toBe("/dashboard");
      expect((await findUserByName(app.s, "posted"))?.email).toBe("posted@example.com");
    } finally {
      await app.close();
    }
  });

  it("providers: GitHub, which is no OpenID Connect, logs in, and confirms nothing", async () => {
    const app = await providerApp({ SIGNUP: "open" }, { peer: { preset: "github" } });
    try {
      const person = app.person();
      expect((await app.continuesWith(person)).location).toBe("/dashboard");
      expect((await person.opens("/settings/logins")).text).toContain("GitHub ada@example.com");
      app.passes(20 * 60_000);
      const asked = await person.opens("/confirm-password?next=/settings/delete");
      expect(asked.html).not.toContain("/oauth/start/github");
      expect(asked.text).toContain("We'll email a code to ada@example.com.");
      const other = await app.person({ username: "linked" }).isLoggedIn();
      await verifiesEmail(app, other);
    } finally {
      await app.close();
    }
  });

  it("providers: without a provider, the login page is the same to the byte as without the feature", async () => {
    const { features } = await import("../../index.ts");
    const { testApp } = await import("../../../../test/person.ts");
    const pages: string[] = [];
    for (const list of [features, features.filter(({ name }) => name !== "providers")]) {
      const app = await testApp({}, { features: list });
      for (const path of ["/login", "/signup"])
        pages.push((await app.person().opens(path)).html.replaceAll(/name="csrf_token" value="[^"]*"/g, ""));
      await app.close();
    }
    expect(pages.slice(0, 2)).toEqual(pages.slice(2));
  });
});
