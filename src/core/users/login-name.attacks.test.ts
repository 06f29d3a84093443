/** Tests attacks on logins by email and by username: enumeration, doubled guesses, confused names. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { findUserByLoginName } from "./login-name.ts";
import { findUserByName, usernameProblem } from "./users.ts";

const password = "a harbour at dusk";

/** A failed login with what an attacker can see or measure. */
async function trace(app: TestApp, email: string, typed = "not the password") {
  app.resetRecords();
  const { status, html, headers } = await app.person().sendsJson("/login", { email, password: typed });
  return { status, html, names: [...headers.keys()], hashes: [...app.hashes].sort(), queries: app.queries.map(({ sql }) => sql) };
}

describe.each(["username", "both"] as const)("user enumeration with LOGIN_WITH=%s", (loginWith) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LOGIN_WITH: loginWith, LIMIT_LOGIN_PER_ACCOUNT: "3/1h" });
    await app.person({ username: "known" }).signsUp();
    await app.person({ username: "locked" }).signsUp();
    await app.s.db
      .updateTable("passwords")
      .set({ locked_at: 1 })
      .where("user_id", "=", (await findUserByName(app.s, "locked"))?.id ?? "")
      .execute();
  });
  afterAll(() => app.close());
  const names = [
    "known",
    "locked",
    "nobody",
    "x",
    "known@example.com",
    "nobody@example.com",
    "nobody#",
    "kn\0own",
    "\ud800",
    ":known",
    "＠known",
    "a".repeat(5_000),
  ];

  it("login: every kind of miss gets the same response, hashes and queries", { tags: ["asvs-6.3.8"] }, async () => {
    app.passes(2 * 3_600_000);
    const expected = await trace(app, "stranger");
    expect([expected.status, expected.hashes.length]).toEqual([401, 1]);
    for (const name of names) {
      const { queries, ...seen } = await trace(app, name);
      const { queries: expectedQueries, ...visible } = expected;
      expect({ name, ...seen }).toEqual({ name, ...visible });
      // An email is looked up by another column.
      expect(queries.map((sql) => sql.replace(/username_key|email_key/g, "key"))).toEqual(
        expectedQueries.map((sql) => sql.replace(/username_key|email_key/g, "key")),
      );
    }
  });

  it("login: every name is limited after the same number of attempts", { tags: ["asvs-6.3.8"] }, async () => {
    app.passes(2 * 3_600_000);
    for (const name of names) {
      const statuses = [];
      for (let i = 0; i < 4; i++) statuses.push((await trace(app, name)).status);
      // Both are names of one account, which must not show.
      expect({ name, statuses }).toEqual({ name, statuses: [401, 401, 401, 429] });
    }
  });
});

describe("guesses with LOGIN_WITH=both", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LOGIN_WITH: "both", LIMIT_LOGIN_PER_ACCOUNT: "4/1h" });
    await app.person({ username: "known" }).signsUp();
  });
  afterAll(() => app.close());
  const guesses = async (name: string, count: number) => {
    for (let i = 0; i < count; i++) expect((await trace(app, name)).status).toBe(401);
  };

  it("login: guesses under both names of an account count together", { tags: ["asvs-6.3.1"] }, async () => {
    app.passes(2 * 3_600_000);
    await guesses("known", 2);
    await guesses("known@example.com", 2);
    for (const name of ["known", "known@example.com"]) expect((await trace(app, name, password)).status).toBe(401);
    app.passes(3_600_001);
    expect((await trace(app, "known", password)).status).toBe(200);
  });

  it("login: a password that is no longer checked costs what an unknown name costs, and locks nothing", {
    tags: ["asvs-6.3.8"],
  }, async () => {
    app.passes(2 * 3_600_000);
    await guesses("known", 4);
    const failures = async () => (await findUserByName(app.s, "known"))?.password_failures;
    const before = await failures();
    const [known, unknown] = [await trace(app, "known@example.com", password), await trace(app, "nobody@example.com", password)];
    expect(known).toEqual(unknown);
    expect(await failures()).toBe(before);
  });

  it("login: the owner's device is not locked out by guesses under either name", { tags: ["asvs-6.3.1"] }, async () => {
    app.passes(2 * 3_600_000);
    const owner = app.person({ username: "known" });
    expect((await owner.logsIn({ email: "known" })).status).toBe(303);
    await owner.logsOut();
    await guesses("known", 4);
    await guesses("known@example.com", 4);
    expect((await owner.logsIn()).status).toBe(303);
    await owner.logsOut();
    expect((await owner.logsIn({ email: "known" })).status).toBe(303);
  });

  it("login: successful logins use up no guesses", async () => {
    app.passes(2 * 3_600_000);
    for (let i = 0; i < 6; i++) expect((await trace(app, i % 2 ? "known" : "known@example.com", password)).status).toBe(200);
    await guesses("known", 4);
  });

  it("reauthentication: its guesses count with those at login", { tags: ["asvs-6.3.1"] }, async () => {
    app.passes(2 * 3_600_000);
    const thief = await app.person({ username: "robbed" }).isLoggedIn();
    // A stolen session without the cookie of the device.
    thief.cookies.delete("latchkey_device");
    for (let i = 0; i < 4; i++) await thief.fillsIn("/confirm-password", { current_password: `guess ${i}` });
    expect((await trace(app, "robbed", password)).status).toBe(401);
  });
});

describe("emails requested under two names", () => {
  it("verify email: codes requested after logins by email and by username have one limit per inbox", { tags: ["asvs-6.3.1"] }, async () => {
    const open = await testApp();
    await open.person({ username: "ada" }).signsUp();
    const env = { SIGNUP: "confirm", LOGIN_WITH: "both", DATABASE_URL: open.s.settings.databaseUrl, LIMIT_EMAILS_PER_INBOX: "3/1h" };
    const app = await testApp(env);
    const sent = new Set<string>();
    for (let i = 0; i < 8; i++) {
      const phone = app.person();
      await phone.logsIn({ email: i % 2 ? "ada" : "ada@example.com" });
      expect((await phone.fillsIn("/verify-email", { again: "1" })).location).toBe("/verify-email");
      for (const { text } of await app.emails("ada@example.com")) sent.add(text);
    }
    // The email of the sign-up counts too.
    expect(sent.size).toBe(3);
    await app.close();
    await open.close();
  });
});

describe("confused names", () => {
  it("username: no spelling of an email is a username", { tags: ["asvs-2.2.1"] }, async () => {
    for (const at of ["@", "＠", "﹫", "\u2060@"]) expect(usernameProblem(`ada${at}example.com`), at).toBeDefined();
    const app = await testApp({ LOGIN_WITH: "both" });
    expect((await app.person({ username: "ada@example.com", email: "evil@example.com" }).signsUp()).status).toBe(422);
    await app.person({ username: "ada" }).signsUp();
    expect((await app.person().logsIn({ email: "ada＠example.com" })).status).toBe(401);
    await app.close();
  });

  it("login: the placeholder of an unverified sign-up is no username", async () => {
    const app = await testApp({ LOGIN_WITH: "both", SIGNUP: "confirm" });
    await app.person({ username: "waiting" }).signsUp();
    const row = await app.s.db.selectFrom("users").select(["id", "username_key"]).executeTakeFirstOrThrow();
    expect(row.username_key).toBe(`:${row.id}`);
    for (const text of [row.username_key, `：${row.id}`, "waiting"])
      expect(await findUserByLoginName(app.s, { kind: "username", text })).toBeUndefined();
    await app.close();
  });
});
