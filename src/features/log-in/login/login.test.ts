import { scryptSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { createUser } from "../../../../test/transaction.ts";
import { findUserByName } from "../../../core/users/users.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const wrong = "Incorrect email or password.";

describe("log in", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { realHashes: true });
    await app.person({ username: "ada" }).signsUp();
  });
  afterAll(() => app.close());

  it("log in: every login leads to the dashboard", async () => {
    const newcomer = app.person({ username: "newcomer" });
    await newcomer.signsUp();
    await newcomer.opens("/login");
    expect((await newcomer.logsIn()).location).toBe("/dashboard");
    expect((await newcomer.opens("/dashboard")).text).toContain("Hello, newcomer");
    await newcomer.logsOut();
    await newcomer.opens("/login");
    expect((await newcomer.logsIn()).location).toBe("/dashboard");
  });

  it("log in: each page greets once: the dashboard by its heading, another page by a message", async () => {
    const fan = app.person({ username: "fan" });
    await fan.signsUp();
    await fan.logsIn();
    const { text } = await fan.opens("/dashboard");
    expect(text).toContain("Hello, fan");
    expect(text).not.toContain("Welcome");
    await fan.logsOut();
    await fan.logsIn({ next: "/settings" });
    expect((await fan.opens("/settings")).text).toContain("Welcome back, fan!");
    expect((await fan.opens("/settings")).text).not.toContain("Welcome back");
  });

  it("log in: invisible characters around an email are removed, inside it they are an error and no failed attempt", async () => {
    for (const odd of ["\u200b", "\u202a", "\u00ad", "\ufeff", "\u00a0"]) {
      for (const email of [`${odd}ada@example.com`, `ada@example.com${odd}`])
        expect((await app.person().logsIn({ email })).status).toBe(303);
    }
    const before = (await findUserByName(app.s, "ada"))?.password_failures;
    const answer = await app.person().sendsJson("/login", { email: "a\u200bda@example.com", password: "a harbour at dusk" });
    expect([answer.status, answer.json()]).toMatchObject([422, { error: { code: "invalid", fields: { email: expect.any(String) } } }]);
    const after = (await findUserByName(app.s, "ada"))?.password_failures;
    expect(after).toEqual(before);
  });

  it("log in: a wrong password and an unknown email get the same response, with the email kept", { tags: ["asvs-6.3.8"] }, async () => {
    const unknown = await app.person({ username: "nobody" }).logsIn();
    const mistaken = await app.person({ username: "ada" }).logsIn({ password: "a harbour at dawn" });
    for (const answer of [unknown, mistaken]) {
      expect(answer.status).toBe(401);
      expect(answer.text).toContain(wrong);
      expect(answer.html).toContain("<title>Error: Log in · Latchkey</title>");
      expect(answer.html).not.toContain("a harbour");
    }
    expect(mistaken.html).toContain('value="ada@example.com"');
  });

  it("log in: an empty field gets an error beside it", async () => {
    const { status, text, html } = await app.person().fillsIn("/login", { email: "", password: "" });
    expect(status).toBe(422);
    expect(text).toContain("Enter your email.");
    expect(html).toContain('id="password-problem"');
  });

  it("log in: the login leads to the requested page", { tags: ["asvs-3.7.2"] }, async () => {
    const ada = app.person({ username: "ada" });
    const login = await ada.opens((await ada.opens("/dashboard?from=mail")).location ?? "");
    const next = /name="next" value="([^"]*)"/.exec(login.html)?.[1];
    expect(next).toBe("/dashboard?from=mail");
    const answer = await ada.posts("/login", { csrf_token: login.token, next: next ?? "", ...ada.identity });
    expect(answer.location).toBe("/dashboard?from=mail");
  });

  it("log in: a failed attempt keeps `next` and “remember me”", async () => {
    const { html } = await app.person({ username: "ada" }).logsIn({ password: "wrong wrong", next: "/dashboard?x=1", remember: "on" });
    expect(html).toContain('name="next" value="/dashboard?x=1"');
    expect(html).toMatch(/name="remember" type="checkbox" value="on" checked/);
  });

  it("log in: the cookie ends with the browser, or is persistent with “remember me”", { tags: ["asvs-7.1.1"] }, async () => {
    const ada = app.person({ username: "ada" });
    expect((await ada.logsIn()).setCookies.get("latchkey_session")).not.toMatch(/; *(?:max-age|expires)=/i);
    const remembered = (await ada.logsIn({ remember: "on" })).setCookies.get("latchkey_session");
    expect(remembered).toMatch(/Max-Age=2592000/);
  });

  it.each([
    ["without “remember me”", {}, 12 * hour, 24 * hour],
    ["with “remember me”", { remember: "on" }, 7 * day, 30 * day],
  ])("session: %s ends after its idle time and its lifetime", { tags: ["asvs-7.3.1", "asvs-7.3.2"] }, async (name, fields, idle, whole) => {
    const idler = await app.person({ username: `idler${name.length}` }).isLoggedIn(fields);
    app.passes(idle - minute);
    expect((await idler.opens("/dashboard")).status).toBe(200);
    app.passes(idle + minute);
    expect((await idler.opens("/dashboard")).status).toBe(303);

    await idler.logsIn(fields);
    let passed = 0;
    for (const step = idle / 2; passed + step < whole; passed += step) {
      expect((await idler.opens("/dashboard")).status).toBe(200);
      await app.waitForLastSeen();
      app.passes(step);
    }
    app.passes(whole - passed + 1_000);
    expect((await idler.opens("/dashboard")).status).toBe(303);
  });

  it("log in: each login makes a new token and ends the browser's previous session", { tags: ["asvs-7.2.4"] }, async () => {
    const twice = await app.person({ username: "twice" }).isLoggedIn();
    const first = twice.cookies.get("latchkey_session") ?? "";
    await twice.logsIn();
    expect(twice.cookies.get("latchkey_session")).not.toBe(first);
    const copy = app.person();
    copy.cookies.set("latchkey_session", first);
    expect((await copy.opens("/dashboard")).status).toBe(303);
  });

  it("log in: a browser with a session sees its account, and can log in to another", async () => {
    const ada = await app.person({ username: "first" }).isLoggedIn();
    await app.person({ username: "second" }).signsUp();
    await ada.opens("/dashboard");
    const sentOn = await ada.opens("/login?next=%2Fsettings%3Fa%3D1");
    expect([sentOn.status, sentOn.location]).toEqual([303, "/settings?a=1"]);
    expect((await ada.opens("/settings")).text).toContain("You're logged in as first.");
    for (const path of ["/login", "/signup", "/login?next=//evil.test", "/login?switch=0", "/login?next=/signup", "/login?next=/login"])
      expect((await ada.opens(path)).location, path).toBe("/dashboard");
    // One flash for several tabs.
    expect((await ada.opens("/dashboard")).text.split("You're logged in as first.")).toHaveLength(2);
    expect((await ada.opens("/signup?switch=1")).status).toBe(200);
    expect((await ada.opens("/login?switch=1")).text).toContain("You're logged in as first.");
    // API clients get the CSRF token, and no redirect.
    expect((await ada.opens("/login", { accept: "application/json" })).json()).toEqual({ csrfToken: expect.any(String) });
    const switched = await ada.fillsIn("/login?switch=1", { email: "second@example.com", password: "a harbour at dusk" });
    expect(switched.status).toBe(303);
    expect((await ada.opens("/dashboard")).text).toContain("Hello, second");
  });

  it("log in: a Werkzeug hash is accepted and replaced by Argon2id", { tags: ["asvs-11.4.2"] }, async () => {
    const hash = `scrypt:32768:8:1$saltsaltsalt$${scryptSync("an old password", "saltsaltsalt", 64, { N: 32_768, r: 8, p: 1, maxmem: 2 ** 26 }).toString("hex")}`;
    await createUser(app.s, { username: "mover", email: "mover@example.com", passwordHash: hash });
    const mover = app.person({ username: "mover", password: "an old password" });
    expect((await mover.logsIn({ password: "another password" })).status).toBe(401);
    expect((await mover.logsIn()).status).toBe(303);
    const account = await findUserByName(app.s, "mover");
    expect(account?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(account?.password_scheme).toBeNull();
    expect((await app.person({ username: "mover", password: "an old password" }).logsIn()).status).toBe(303);
  });

  it("log in: the database has no usable password or token", { tags: ["asvs-11.4.1", "asvs-7.2.3"] }, async () => {
    const kept = await app.person({ username: "kept", password: "canary in a coal mine" }).isLoggedIn();
    const token = kept.cookies.get("latchkey_session") ?? "";
    const dump = JSON.stringify([
      await app.s.db.selectFrom("users").selectAll().execute(),
      (await app.s.db.selectFrom("sessions").selectAll().execute()).map((row) => ({
        ...row,
        token_hash: Buffer.from(row.token_hash).toString("base64url"),
      })),
      await app.s.db.selectFrom("rate_limits").selectAll().execute(),
    ]);
    expect(dump).not.toContain("canary in a coal mine");
    expect(dump).not.toContain(token);
  });

  it("log in: JSON gets the user and a CSRF token, which changes then need", async () => {
    const apiClient = app.person({ username: "ada" });
    const { email, password } = apiClient.identity;
    const refused = await apiClient.sendsJson("/login", { email, password: "nonsense" });
    expect([refused.status, refused.json()]).toEqual([401, { error: { code: "bad-credentials", message: wrong } }]);
    const answer = await apiClient.sendsJson("/login", { email, password, remember: true });
    expect([answer.status, answer.json()]).toEqual([
      200,
      { user: expect.objectContaining({ username: "ada", email }), csrfToken: expect.any(String) },
    ]);
    expect((await apiClient.sendsJson("/logout", {})).status).toBe(403);
    const { csrfToken } = answer.json() as { csrfToken: string };
    const out = await apiClient.sendsJson("/logout", {}, { "x-csrf-token": csrfToken });
    expect([out.status, out.json()]).toEqual([200, { user: null }]);
    expect((await apiClient.opens("/dashboard", { accept: "application/json" })).status).toBe(401);
  });

  it("login: an unchecked box stays unchecked when the form is shown again", async () => {
    const { html } = await app.person().fillsIn("/login", { email: "a@example.com", password: "x", remember: "off" });
    expect(html).toContain('name="remember"');
    expect(html).not.toContain(" checked");
  });
});
