/** Attack: race conditions by simultaneous requests. */
import { afterAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../database.ts";
import { type TestApp, testApp } from "../person.ts";

const times = <T>(count: number, make: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => make(i)));

function tally(items: readonly (number | string)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

const rows = (app: TestApp, table: "users" | "sessions") => app.s.db.selectFrom(table).selectAll().execute();

describe("simultaneous sign-ups", async () => {
  const app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
  afterAll(() => app.close());
  const password = "a harbour at dusk";
  const signUp = (username: string, email: string) =>
    app.person().sendsJson("/signup", { username, email, password, confirm_password: password });

  it("sign-up: fifty simultaneous ones with spellings of one email create one account", {
    tags: ["asvs-15.4.2", "asvs-2.3.4"],
  }, async () => {
    const spellings = ["ada@example.com", "Ada@Example.com", "ADA@EXAMPLE.COM", " ada@example.com ", "ada@ｅxample.com"];
    const answers = await times(50, (i) => signUp(`twin${i}`, spellings[i % spellings.length] ?? ""));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 1, 409: 49 });
    const losers = answers.filter(({ status }) => status === 409);
    for (const loser of losers) expect(loser.json()).toMatchObject({ error: { code: "taken", fields: { email: expect.any(String) } } });
    expect(await rows(app, "users")).toHaveLength(1);
  });

  it("sign-up: fifty simultaneous ones with spellings of one username create one account", { tags: ["asvs-15.4.2"] }, async () => {
    const spellings = ["Grace", "grace", "GRACE", "ｇrace"];
    const answers = await times(50, (i) => signUp(spellings[i % spellings.length] ?? "", `grace${i}@example.com`));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 1, 409: 49 });
    expect(await rows(app, "users")).toHaveLength(2);
  });

  it("sign-up: five submissions of one form create one account, and all succeed", async () => {
    const eve = app.person({ username: "twice" });
    const { token } = await eve.opens("/signup");
    const form = { csrf_token: token, username: "twice", email: "twice@example.com", password, confirm_password: password };
    const answers = await times(5, () => eve.posts("/signup", form));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 303: 5 });
    expect((await rows(app, "users")).filter(({ username }) => username === "twice")).toHaveLength(1);
  });
});

describe("simultaneous logins", () => {
  /** Calls the app without sockets, so that all requests read the limit before one is counted. */
  const logins = (apps: readonly TestApp[], email: string) =>
    times(200, async (i) => {
      const app = apps[i % apps.length] as TestApp;
      const body = JSON.stringify({ email, password: `guess ${i}` });
      return app.hono.request("/login", { method: "POST", headers: { "content-type": "application/json" }, body }, {});
    });

  it("login limit: of 200 simultaneous logins, ten are hashed", { tags: ["asvs-6.3.1", "asvs-15.4.2"] }, async () => {
    const app = await testApp();
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    app.resetRecords();
    const answers = await logins([app], ada.identity.email);
    expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 10, 429: 190 });
    expect(app.hashes).toHaveLength(10);
    for (const { status, headers } of answers) if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    await app.close();
  });

  it("login limit: shared by several processes on one database", { tags: ["asvs-6.3.1"] }, async () => {
    const database = await makeDatabase();
    const env = { DATABASE_URL: database.url };
    // Opened simultaneously, so that their migrations race.
    const apps = await times(3, () => testApp(env));
    const ada = apps[0]?.person({ username: "ada" });
    expect((await ada?.signsUp())?.status).toBe(303);
    for (const app of apps) app.resetRecords();
    const answers = await logins(apps, "ada@example.com");
    expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 10, 429: 190 });
    expect(apps.flatMap(({ hashes }) => hashes)).toHaveLength(10);
    await Promise.all(apps.map((app) => app.close()));
    await database.remove();
  });

  it("login: correct passwords succeed among simultaneous wrong ones", async () => {
    const app = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "1000/1m", LIMIT_LOGIN_PER_IP: "1000/1m" });
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    const { email, password } = ada.identity;
    const answers = await times(40, (i) => app.person().sendsJson("/login", { email, password: i % 2 === 0 ? password : "a guess" }));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 20, 401: 20 });
    expect(await rows(app, "sessions")).toHaveLength(20);
    const hits = await app.s.db.selectFrom("rate_limits").select("hits").where("budget", "like", "login-account:%").execute();
    expect(hits).toEqual([{ hits: 20 }]);
    await app.close();
  });
});

describe("simultaneous logouts", async () => {
  const app = await testApp();
  afterAll(() => app.close());

  it("logout: the session ends in all tabs, without server errors", { tags: ["asvs-7.4.1"] }, async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const cookie = ada.cookieHeader();
    const { token } = await ada.opens("/logout");
    const tabs = times(40, () => app.person().opens("/dashboard", { cookie }));
    const logout = ada.posts("/logout", { csrf_token: token });
    const after = logout.then(() => times(10, () => app.person().opens("/dashboard", { cookie })));
    expect((await logout).location).toBe("/login");
    for (const { status } of await tabs) expect([200, 303]).toContain(status);
    expect(tally((await after).map(({ status }) => status))).toEqual({ 303: 10 });
    expect(await rows(app, "sessions")).toEqual([]);
  });

  it("logout: five submissions of one form all succeed", async () => {
    const ada = await app.person({ username: "double" }).isLoggedIn();
    const { token } = await ada.opens("/logout");
    const answers = await times(5, () => ada.posts("/logout", { csrf_token: token }));
    for (const { status, location } of answers) expect([status, location]).toEqual([303, "/login"]);
    expect(await rows(app, "sessions")).toEqual([]);
  });
});
