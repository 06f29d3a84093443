/** Tests that common flaws of small login apps are absent. */

import { scryptSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findUserByName } from "../src/core/users/users.ts";
import { type TestApp, testApp } from "./person.ts";
import { createUser } from "./transaction.ts";

describe("common flaws", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
    await app.person({ username: "ada" }).signsUp();
  });
  afterAll(() => app.close());

  it("login redirect: an external `next` URL is ignored", async () => {
    expect((await app.person({ username: "ada" }).logsIn({ next: "https://evil.test/" })).location).toBe("/dashboard");
  });

  it("login redirect: the form keeps `next` in a hidden field and follows it", async () => {
    const { html } = await app.person().opens("/login?next=/dashboard%3Fx");
    expect(html).toContain('<input type="hidden" name="next" value="/dashboard?x">');
    expect((await app.person({ username: "ada" }).logsIn({ next: "/dashboard?x" })).location).toBe("/dashboard?x");
  });

  it("logout: GET does not log out", async () => {
    const ada = app.person({ username: "ada" });
    await ada.logsIn();
    await ada.opens("/logout");
    const { status, html } = await ada.opens("/dashboard");
    expect(status).toBe(200);
    expect(html).not.toContain('href="/logout"');
  });

  it("user enumeration: an unknown email costs as many hashes as a wrong password", async () => {
    app.resetRecords();
    await app.person({ username: "nobody" }).logsIn();
    const unknown = [...app.hashes];
    app.resetRecords();
    await app.person({ username: "ada" }).logsIn({ password: "wrong wrong" });
    expect(app.hashes).toEqual(unknown);
    expect(unknown.length).toBe(1);
  });

  it("user enumeration: sign-ups are rate limited", async () => {
    const limited = await testApp({ LIMIT_SIGNUP_PER_IP: "1/1h" });
    await limited.person({ username: "one" }).signsUp();
    expect((await limited.person({ username: "two" }).signsUp()).status).toBe(429);
    await limited.close();
  });

  it("sign-up: concurrent sign-ups create one account and no server error", async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => app.person({ username: "rush" }).signsUp()));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([303, 422, 422, 422]);
  });

  it("sessions: each login replaces the token, and a logout ends it on the server", async () => {
    const ada = app.person({ username: "ada" });
    await ada.logsIn();
    const copy = ada.cookies.get("latchkey_session") ?? "";
    await ada.logsIn();
    expect(ada.cookies.get("latchkey_session")).not.toBe(copy);
    const last = ada.cookies.get("latchkey_session") ?? "";
    await ada.logsOut();
    for (const token of [copy, last]) {
      const thief = app.person();
      thief.cookies.set("latchkey_session", token);
      expect((await thief.opens("/dashboard")).status).toBe(303);
    }
  });

  it("remember me: ends after 30 days on the server, whatever the cookie says", async () => {
    const keeper = await app.person({ username: "keeper" }).isLoggedIn({ remember: "on" });
    const token = keeper.cookies.get("latchkey_session") ?? "";
    for (let days = 0; days < 30; days += 6) {
      expect((await keeper.opens("/dashboard")).status, `day ${days}`).toBe(200);
      await app.waitForLastSeen();
      app.passes(6 * 24 * 3_600_000);
    }
    keeper.cookies.set("latchkey_session", token);
    expect((await keeper.opens("/dashboard")).status).toBe(303);
  });

  it("CSRF: every form has a hidden token, which is not shown as text", async () => {
    for (const path of ["/login", "/signup", "/logout"]) {
      const ada = app.person({ username: "ada" });
      if (path === "/logout") await ada.logsIn();
      const { html, text, token } = await ada.opens(path);
      expect(html.match(/<form method="post"/g)?.length, path).toBe(html.match(/name="csrf_token" value="[\w-]{86}"/g)?.length);
      expect(text, path).not.toContain(token);
    }
  });

  it("input length: too long input is rejected with 422 or 413", async () => {
    const long = await app
      .person()
      .fillsIn("/signup", { username: "a".repeat(9_000), email: `${"b".repeat(9_000)}@example.com`, password: "c".repeat(9_000) });
    expect(long.status).toBe(422);
    expect((await app.person().fillsIn("/signup", { username: "d".repeat(200_000) })).status).toBe(413);
  });

  it("password hashes: a Werkzeug hash is replaced at the next login", async () => {
    const digest = scryptSync("from long ago", "salt", 64, { N: 32_768, r: 8, p: 1, maxmem: 2 ** 26 }).toString("hex");
    await createUser(app.s, { username: "old", email: "old@example.com", passwordHash: `scrypt:32768:8:1$salt$${digest}` });
    expect((await app.person({ username: "old", password: "from long ago" }).logsIn()).status).toBe(303);
    expect((await findUserByName(app.s, "old"))?.password_hash).toMatch(/^\$argon2id\$/);
  });

  it("usernames: equal and look-alike names are taken or rejected", async () => {
    expect((await app.person({ username: "ADA", email: "x@example.com" }).signsUp()).text).toContain("This username is taken.");
    expect((await app.person({ username: "a\u200bda", email: "y@example.com" }).signsUp()).status).toBe(422);
    expect((await app.person({ username: "ａｄａ", email: "z@example.com" }).signsUp()).text).toContain("This username is taken.");
  });

  it("sessions: a user ID as session cookie is rejected", async () => {
    const guesser = app.person();
    guesser.cookies.set("latchkey_session", "1");
    const { status, location } = await guesser.opens("/dashboard");
    expect([status, location]).toEqual([303, "/login?next=%2Fdashboard"]);
  });

  it("response headers: pages have a strict CSP and are not cached", async () => {
    const { headers, html } = await app.person().opens("/login");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(html).not.toMatch(/<style|style="| on\w+="/);
  });

  it("log: each request is one line without its data", async () => {
    app.resetRecords();
    await app.person({ username: "ada" }).logsIn({ password: "canary wrong", next: "/dashboard?canary" });
    expect(app.lines.map((line) => line)).toContainEqual(expect.objectContaining({ method: "POST", path: "/login", status: 401 }));
    expect(JSON.stringify(app.lines)).not.toMatch(/canary|ada@example/);
  });

  it("form errors: the form is shown again with 422 and the typed values", async () => {
    const { status, html } = await app.person().fillsIn("/signup", { username: "someone", email: "not an email" });
    expect(status).toBe(422);
    expect(html).toContain('value="someone"');
    expect(html).toContain('value="not an email"');
  });

  it("login page: a logged-in user is redirected and sees the username", async () => {
    const ada = app.person({ username: "ada" });
    await ada.logsIn();
    await ada.opens("/dashboard");
    expect((await ada.opens("/login")).location).toBe("/dashboard");
    expect((await ada.opens("/dashboard")).text).toContain("You're logged in as ada.");
  });

  it("server errors: the page shows a request ID, and only the log has the cause", async () => {
    const broken = await testApp();
    await broken.s.db.schema.alterTable("sessions").renameTo("lost").execute();
    await broken.s.db.schema.alterTable("users").renameTo("gone").execute();
    broken.resetRecords();
    const answer = await broken.person({ username: "ada" }).logsIn();
    expect(answer.status).toBe(500);
    expect(answer.text).toMatch(/Something went wrong .* request ID [0-9a-f-]{36}\./);
    expect(answer.html).not.toMatch(/no such table|\.ts:\d|node_modules/);
    expect(broken.lines).toContainEqual(expect.objectContaining({ level: "error", message: "request failed" }));
    await broken.close();
  });
});
