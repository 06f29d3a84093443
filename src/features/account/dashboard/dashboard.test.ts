import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";

describe("dashboard", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("dashboard: a visitor without a session is redirected to login, which says why", async () => {
    const visitor = app.person();
    const { status, location } = await visitor.opens("/dashboard");
    expect([status, location]).toEqual([303, "/login?next=%2Fdashboard"]);
    const login = await visitor.opens("/login?next=%2Fdashboard");
    expect(login.text).toContain("Please log in to access this page.");
    expect(login.html).toContain('role="alert"');
    expect((await visitor.opens("/login")).text).not.toContain("Please log in to access this page.");
  });

  it("dashboard: the redirect to login keeps the query string", async () => {
    const { location } = await app.person().opens("/dashboard?tab=1&x=%26");
    expect(location).toBe(`/login?next=${encodeURIComponent("/dashboard?tab=1&x=%26")}`);
  });

  it("dashboard: JSON without a session gets 401", async () => {
    const answer = await app.person().opens("/dashboard", { accept: "application/json" });
    expect([answer.status, answer.json()]).toEqual([
      401,
      { error: { code: "login-required", message: "Please log in to access this page." } },
    ]);
  });

  it("dashboard: the account's details are shown", async () => {
    const ada = await app.person({ username: "Ada.Lovelace", email: "Ada@Example.com" }).isLoggedIn();
    const { text, html } = await ada.opens("/dashboard");
    expect(text).toContain("Hello, Ada.Lovelace");
    expect(text).toContain("Email Ada@Example.com");
    expect(text).toMatch(/Account ID: [0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/);
    expect(text).toMatch(/Member since \d{1,2} \w+ \d{4} /);
    expect(text).toContain("Last login: ");
    expect(text).not.toContain("Before that: ");
    expect(html).toMatch(/<time datetime="\d{4}-/);
  });

  it("dashboard: the security check-up says what needs attention first, from all features", async () => {
    const own = await testApp({}, { verified: true });
    const lise = await own.person({ username: "lise" }).isLoggedIn();
    await own.person({ username: "lise" }).logsIn();
    const good = (await lise.opens("/dashboard")).text;
    expect(good).toContain(
      "Your account is in good shape. Security check-up Email verified lise@example.com Two-factor authentication is off",
    );
    expect(good).toContain("You have 2 active sessions");
    expect(good).toContain("Last login: just now");
    await own.s.db.updateTable("users").set({ email_verified_at: null }).execute();
    const { text, html } = await lise.opens("/dashboard");
    expect(text).toContain("1 thing needs your attention. Security check-up lise@example.com isn't verified");
    expect(html).toContain('<a class="button small" href="/verify-email">');
    await own.close();
  });

  it("dashboard: the last login is named with its device, also if it was elsewhere and later", async () => {
    const agent = (name: string) => ({ "user-agent": name });
    const here = await app
      .person({ username: "lin" }, agent("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"))
      .isLoggedIn();
    expect((await here.opens("/dashboard")).text).toMatch(/Last login: just now Firefox on Linux · 127\.0\.0\.1/);
    app.passes(3 * 60_000);
    const elsewhere = app.person({ username: "lin" }, agent("curl/8.5.0"));
    await elsewhere.logsIn();
    app.passes(60_000);
    const { text } = await here.opens("/dashboard");
    expect(text).toMatch(/Last login: 1 minute ago, on another device Before that: 4 minutes ago/);
    await elsewhere.logsOut();
    expect((await here.opens("/dashboard")).text).toMatch(/Last login: 1 minute ago, on another device Before that: 4 minutes ago/);
  });

  it("dashboard: it makes one query more than the first page", async () => {
    const kay = await app.person({ username: "kay2" }).isLoggedIn();
    const queriesOf = async (path: string) => {
      const before = app.queries.length;
      await kay.opens(path);
      return app.queries.length - before;
    };
    // The first one also finds out whether to offer a passkey.
    await kay.opens("/dashboard");
    expect((await queriesOf("/dashboard")) - (await queriesOf("/"))).toBe(1);
  });

  it("dashboard: the previous login is given", async () => {
    const before = app.s.now();
    const grace = await app.person({ username: "grace" }).isLoggedIn();
    const after = app.s.now();
    app.passes(3 * 24 * 3_600_000);
    await grace.logsIn();
    const { user } = (await grace.opens("/dashboard", { accept: "application/json" })).json() as {
      user: { previousLoginAt: number; lastLoginAt: number };
    };
    expect([user.previousLoginAt >= before, user.previousLoginAt <= after]).toEqual([true, true]);
    expect(user.lastLoginAt).toBeGreaterThan(user.previousLoginAt + 2 * 24 * 3_600_000);
  });

  it("pages with a session: none is cached, and each can log out", { tags: ["asvs-14.3.2", "asvs-7.4.4"] }, async () => {
    const kay = await app.person({ username: "kay" }).isLoggedIn();
    for (const path of ["/", "/dashboard", "/login?switch=1", "/signup?switch=1"]) {
      const { headers, html } = await kay.opens(path);
      expect(headers.get("cache-control"), path).toBe("no-store");
      expect(html, path).toContain('action="/logout"');
    }
  });
});
