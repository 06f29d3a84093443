/** Attack: deleting the account of another person, or keeping access after a deletion. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseContents } from "../../../../test/attacks/database-contents.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { transactional } from "../../../../test/transaction.ts";
import { cleanupExpired } from "../../../core/maintenance/cleanup.ts";
import { reserve } from "../../../core/rate-limits/rate-limits.ts";
import { signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserByEmail, findUserByName } from "../../../core/users/users.ts";

const day = 24 * 3_600_000;
const asJson = { accept: "application/json" };

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_LOGIN_PER_IP: "1000/1h" });
});
afterAll(() => app.close());

let count = 0;
const newcomer = (headers: Record<string, string> = {}) => app.person({ username: `member${++count}` }, headers);
const rowOf = (person: Person) => findUserByName(app.s, person.identity.username);

describe("delete account attacks", () => {
  it("delete account: a cross-site form, a link or a missing token deletes nothing", { tags: ["asvs-3.5.1"] }, async () => {
    const person = await newcomer().isLoggedIn();
    const { username } = person.identity;
    const { token } = await person.opens("/settings/delete");
    const before = await databaseContents(app.s);
    const evil = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    expect((await person.posts("/settings/delete", { csrf_token: token, username }, evil)).status).toBe(403);
    expect((await person.posts("/settings/delete", { username })).status).toBe(403);
    expect((await person.opens(`/settings/delete?username=${username}&csrf_token=${token}`)).status).toBe(200);
    const other = await newcomer().isLoggedIn();
    const foreign = (await other.opens("/settings/delete")).token;
    expect((await person.posts("/settings/delete", { csrf_token: foreign, username })).status).toBe(403);
    expect((await databaseContents(app.s)).filter((row) => row.includes(username))).toEqual(before.filter((row) => row.includes(username)));
  });

  it("delete account: every session ends at once, also one with open forms", { tags: ["asvs-7.4.2"] }, async () => {
    const person = await newcomer().isLoggedIn();
    const elsewhere = app.person(person.identity);
    await elsewhere.logsIn();
    const copy = app.person(person.identity);
    for (const [name, value] of person.cookies) copy.cookies.set(name, value);
    const { token } = await elsewhere.opens("/settings/export");
    await person.fillsIn("/settings/delete", { username: person.identity.username });
    for (const each of [person, elsewhere, copy]) {
      expect((await each.opens("/dashboard", asJson)).status).toBe(401);
    }
    const answer = await elsewhere.posts("/settings/export", { csrf_token: token });
    expect([answer.status, answer.location]).toEqual([303, "/login?next=%2Fdashboard"]);
  });

  it("delete account: fifty simultaneous submissions send one email", { tags: ["asvs-15.4.2"] }, async () => {
    const person = await newcomer().isLoggedIn();
    const { username, email } = person.identity;
    const { token } = await person.opens("/settings/delete");
    const answers = await Promise.all(Array.from({ length: 50 }, () => person.posts("/settings/delete", { csrf_token: token, username })));
    // Resubmissions of one form get the first response.
    expect(new Set(answers.map(({ location }) => location))).toEqual(new Set(["/"]));
    expect((await app.emails(email)).filter(({ subject }) => subject === "Your account will be deleted")).toHaveLength(1);
  });

  it("delete account: neither a wrong password nor a login in progress cancels it", async () => {
    const person = await newcomer().isLoggedIn();
    const { email, username } = person.identity;
    const user = await findUserByEmail(app.s, email);
    const attempt = await reserve(app.s, [{ name: "login-account", of: email, budget: app.s.settings.loginPerAccount }]);
    if (!user || !attempt.ok) throw new Error("No login is in progress.");
    await person.fillsIn("/settings/delete", { username });
    const origin = requestFrom("203.0.113.9");
    expect(
      await transactional(signIn)(app.s, { user, methods: ["password"], password: { attempt } }, { remember: false, info: origin }),
    ).toEqual({ ok: false, reason: "changed" });
    expect((await person.logsIn({ password: "not the password" })).status).toBe(401);
    expect((await rowOf(person))?.erase_at).not.toBeNull();
    expect((await person.logsIn()).status).toBe(303);
    expect((await rowOf(person))?.erase_at).toBeNull();
  });

  it("delete account: the report of a compromise cancels an attacker's deletion", { tags: ["asvs-6.3.7"] }, async () => {
    const owner = await newcomer().isLoggedIn();
    const intruder = app.person(owner.identity);
    await intruder.logsIn();
    await intruder.fillsIn("/settings/delete", { username: owner.identity.username });
    const [notice] = await app.emails(owner.identity.email);
    const reader = app.person({});
    await reader.opens(linkIn(notice, "/report-compromise"));
    await reader.fillsIn("/report-compromise", {});
    app.passes(8 * day);
    await cleanupExpired(app.s);
    expect(await rowOf(owner)).toMatchObject({ erase_at: null });
    expect((await intruder.logsIn()).status).toBe(401);
  });

  it("delete account: links in the notice ignore forwarded host headers", async () => {
    const person = newcomer({ "x-forwarded-host": "evil.test", forwarded: "host=evil.test", "x-original-url": "//evil.test" });
    await person.isLoggedIn();
    await person.fillsIn("/settings/delete", { username: person.identity.username });
    const [notice] = await app.emails(person.identity.email);
    expect(notice?.subject).toBe("Your account will be deleted");
    expect(`${notice?.text}${notice?.html}`).not.toContain("evil.test");
    expect(notice?.text).toContain(`${app.s.settings.baseUrl}/report-compromise?token=`);
  });
});
