/** Attack: signing up to delete accounts, or to block the sign-up of others. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { createUser } from "../../../test/transaction.ts";
import { cleanupExpired } from "../maintenance/cleanup.ts";
import { findUserByEmail } from "../users/users.ts";

const day = 24 * 3_600_000;
const hash = "none";

let app: TestApp;
beforeEach(async () => {
  app = await testApp({ SIGNUP: "confirm" });
});
afterEach(() => app.close());

const codeFor = async (email: string) => /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
const names = async () => (await app.s.db.selectFrom("users").select("username").orderBy("id").execute()).map(({ username }) => username);

describe("unverified account", () => {
  it("unverified account: an imported one, and one of an open sign-up, are not deleted", async () => {
    const open = await testApp({ DATABASE_URL: app.s.settings.databaseUrl, SIGNUP: "open" });
    await open.person({ username: "early" }).signsUp();
    await open.close();
    await createUser(app.s, { username: "imported", email: "imported@example.com", passwordHash: hash });
    app.passes(400 * day);
    await cleanupExpired(app.s);
    expect(await names()).toEqual(["early", "imported"]);
  });

  it("unverified account: an imported one keeps its username and email when another user signs up with them", async () => {
    await createUser(app.s, { username: "imported", email: "imported@example.com", passwordHash: hash });
    expect((await app.person({ username: "imported", email: "eve@example.com" }).signsUp()).text).toContain("This username is taken.");
    expect((await app.person({ username: "eve", email: "imported@example.com" }).signsUp()).location).toBe("/verify-email");
    expect(await names()).toEqual(["imported"]);
    expect((await app.emails("imported@example.com"))[0]?.subject).toBe("You already have an account at Latchkey");
  });

  it("unverified account: is deleted after a day, and the number is logged", async () => {
    await app.person({ username: "ada" }).signsUp();
    await app.person({ username: "bob" }).signsUp();
    app.passes(day + 1_000);
    app.resetRecords();
    await cleanupExpired(app.s);
    expect(await names()).toEqual([]);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "info", removed: 2 }));
  });

  it("unverified account: cannot log in after SIGNUP changes to open, and is replaced by a new sign-up", async () => {
    await app.person({ username: "squatter", email: "ada@example.com", password: "the squatters own words" }).signsUp();
    const open = await testApp({ DATABASE_URL: app.s.settings.databaseUrl, SIGNUP: "open" });
    expect((await open.person({ email: "ada@example.com", password: "the squatters own words" }).logsIn()).status).toBe(401);
    await open.person({ username: "squatter", email: "ada@example.com" }).isLoggedIn();
    await open.close();
    expect(await names()).toEqual(["squatter"]);
  });
});

describe("sign-up replaced by another with the same email", () => {
  it("replaced sign-up: the page says to sign up again if no email arrives, the same for every email", async () => {
    await createUser(app.s, { username: "member", email: "member@example.com", passwordHash: hash });
    const owner = app.person({ username: "owner", email: "owner@example.com" });
    await owner.signsUp();
    await app.person({ username: "squatter", email: "owner@example.com" }).signsUp();
    const others = ["member@example.com", "fresh@example.com"].map((email, i) => app.person({ username: `other${i}`, email }));
    for (const other of others) await other.signsUp();
    for (const person of [owner, ...others]) {
      await person.fillsIn("/verify-email", { again: "1" });
      expect((await person.opens("/verify-email")).text).toContain("If it doesn't arrive within a few minutes, sign up again.");
    }
    await owner.signsUp();
    expect((await owner.fillsIn("/verify-email", { code: await codeFor("owner@example.com") })).location).toBe("/login");
    expect(await names()).toContain("owner");
  });
});

describe("sign-up with a username that another sign-up waits for", () => {
  const first = () => app.person({ username: "wanted", email: "first@example.com" });
  const second = () => app.person({ username: "wanted", email: "second@example.com" });

  it("pending username: the first to verify gets it, the other a similar one that can be changed", async () => {
    const [one, two] = [first(), second()];
    await one.signsUp();
    await two.signsUp();
    const [ones, twos] = [await codeFor("first@example.com"), await codeFor("second@example.com")];
    expect((await two.fillsIn("/verify-email", { code: twos })).location).toBe("/login");
    expect((await two.opens("/login")).text).not.toContain("Somebody else");
    expect((await one.fillsIn("/verify-email", { code: ones })).location).toBe("/login");
    const { username = "" } = (await findUserByEmail(app.s, "first@example.com")) ?? {};
    expect(username).toMatch(/^wanted-\d{6}$/);
    expect((await one.opens("/login")).text).toContain(`The username “wanted” was taken, so yours is ${username}.`);
    expect((await one.logsIn()).location).toBe("/dashboard");
    await one.opens("/dashboard");
    expect((await one.fillsIn("/settings/change-username", { username: "first" })).location).toBe("/settings");
    expect((await two.logsIn()).location).toBe("/dashboard");
  });

  it("pending username: of four concurrent verifications one gets it, and all get different ones", { tags: ["asvs-15.4.2"] }, async () => {
    const people = Array.from({ length: 4 }, (_, i) => app.person({ username: "wanted", email: `racer${i}@example.com` }));
    for (const person of people) await person.signsUp();
    const codes = await Promise.all(people.map(({ identity }) => codeFor(identity.email)));
    const answers = await Promise.all(people.map((person, i) => person.fillsIn("/verify-email", { code: codes[i] ?? "" })));
    expect(answers.map(({ location }) => location)).toEqual(Array(4).fill("/login"));
    const all = await names();
    expect([all.filter((name) => name === "wanted").length, new Set(all).size]).toEqual([1, 4]);
  });

  it("pending username: a sign-up does not reveal that another sign-up waits for it", async () => {
    await first().signsUp();
    const rows = await app.s.db.selectFrom("users").select("username_key").execute();
    expect(rows.map(({ username_key }) => username_key)).toEqual([expect.stringMatching(/^:/)]);
    expect((await app.person({ username: "other", email: "third@example.com" }).signsUp()).location).toBe("/verify-email");
  });
});
