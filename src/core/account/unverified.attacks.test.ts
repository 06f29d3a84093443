/** Attack: ending accounts, or the signing up of others, by signing up oneself. */
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

describe("an account that was never confirmed and never in use", () => {
  it("is kept where it was imported, or made while signing up was open", async () => {
    const open = await testApp({ DATABASE_URL: app.s.settings.databaseUrl, SIGNUP: "open" });
    await open.person({ username: "early" }).signsUp();
    await open.close();
    await createUser(app.s, { username: "imported", email: "imported@example.com", passwordHash: hash });
    app.passes(400 * day);
    await cleanupExpired(app.s);
    expect(await names()).toEqual(["early", "imported"]);
  });

  it("is replaced by nobody who signs up with its name or its address, unless it was to be confirmed", async () => {
    await createUser(app.s, { username: "imported", email: "imported@example.com", passwordHash: hash });
    expect((await app.person({ username: "imported", email: "eve@example.com" }).signsUp()).text).toContain("This username is taken.");
    expect((await app.person({ username: "eve", email: "imported@example.com" }).signsUp()).location).toBe("/verify-email");
    expect(await names()).toEqual(["imported"]);
    expect((await app.emails("imported@example.com"))[0]?.subject).toBe("You already have an account at Latchkey");
  });

  it("is removed after a day where it was to be confirmed, and the log says how many were", async () => {
    await app.person({ username: "ada" }).signsUp();
    await app.person({ username: "bob" }).signsUp();
    app.passes(day + 1_000);
    app.resetRecords();
    await cleanupExpired(app.s);
    expect(await names()).toEqual([]);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "info", removed: 2 }));
  });

  it("opens nothing after the operator has opened the sign-up, and makes way there too", async () => {
    await app.person({ username: "squatter", email: "ada@example.com", password: "the squatters own words" }).signsUp();
    const open = await testApp({ DATABASE_URL: app.s.settings.databaseUrl, SIGNUP: "open" });
    expect((await open.person({ email: "ada@example.com", password: "the squatters own words" }).logsIn()).status).toBe(401);
    await open.person({ username: "squatter", email: "ada@example.com" }).isLoggedIn();
    await open.close();
    expect(await names()).toEqual(["squatter"]);
  });
});

describe("whose signing up was ended by another with the same address", () => {
  it("is told to sign up again when no letter comes, in the words that everybody is told", async () => {
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

describe("who signs up with a name that somebody else waits to get", () => {
  const first = () => app.person({ username: "wanted", email: "first@example.com" });
  const second = () => app.person({ username: "wanted", email: "second@example.com" });

  it("does not end the other's signing up: whoever confirms first has the name, the other one like it, which they can change", async () => {
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

  it("is told apart from them at the same moment too", { tags: ["asvs-15.4.2"] }, async () => {
    const people = Array.from({ length: 4 }, (_, i) => app.person({ username: "wanted", email: `racer${i}@example.com` }));
    for (const person of people) await person.signsUp();
    const codes = await Promise.all(people.map(({ identity }) => codeFor(identity.email)));
    const answers = await Promise.all(people.map((person, i) => person.fillsIn("/verify-email", { code: codes[i] ?? "" })));
    expect(answers.map(({ location }) => location)).toEqual(Array(4).fill("/login"));
    const all = await names();
    expect([all.filter((name) => name === "wanted").length, new Set(all).size]).toEqual([1, 4]);
  });

  it("learns by the name of nobody's account that waits", async () => {
    await first().signsUp();
    const rows = await app.s.db.selectFrom("users").select("username_key").execute();
    expect(rows.map(({ username_key }) => username_key)).toEqual([expect.stringMatching(/^:/)]);
    expect((await app.person({ username: "other", email: "third@example.com" }).signsUp()).location).toBe("/verify-email");
  });
});
