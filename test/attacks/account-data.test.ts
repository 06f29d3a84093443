/** Attack: reading, ending or erasing what is somebody else's, or planting something on the pages where its owner looks. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanupExpired } from "../../src/core/maintenance/cleanup.ts";
import { reserve } from "../../src/core/rate-limits/rate-limits.ts";
import { signIn } from "../../src/core/sign-in/sign-in.ts";
import { findUserByEmail, findUserByName } from "../../src/core/users/users.ts";
import { type Answer, linkIn, type Person, type TestApp, testApp } from "../person.ts";
import { requestFrom } from "../request-info.ts";
import { transactional } from "../transaction.ts";
import { databaseContents } from "./database-contents.ts";

const day = 24 * 3_600_000;
const asProgram = { accept: "application/json" };

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_LOGIN_PER_IP: "1000/1h" });
});
afterAll(() => app.close());

let count = 0;
const newcomer = (headers: Record<string, string> = {}) => app.person({ username: `member${++count}` }, headers);
const rowOf = (person: Person) => findUserByName(app.s, person.identity.username);

describe("ids of somebody else", () => {
  it("end no session, whatever they are called", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await newcomer().isLoggedIn();
    const mallory = await newcomer().isLoggedIn();
    const [session] = (await read<{ sessions: { id: string }[] }>(victim, "/settings/sessions")).sessions;
    const user = await rowOf(victim);
    const rows = await app.s.db.selectFrom("sessions").select("token_hash").execute();
    const ids = [session?.id ?? "", user?.id ?? "", ...rows.flatMap(({ token_hash }) => spellings(token_hash)), "*", "%", "__proto__"];
    for (const id of ids) {
      expect((await mallory.fillsIn("/settings/sessions", { session: id, user_id: user?.id ?? "" })).status, id).toBe(422);
    }
    expect((await mallory.fillsIn("/settings/sessions", { others: "1", user_id: user?.id ?? "" })).status).toBe(303);
    expect((await victim.opens("/dashboard")).status).toBe(200);
    expect((await mallory.opens("/dashboard")).status).toBe(200);
  });

  it("show none of their records", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await newcomer().isLoggedIn();
    const mallory = await newcomer().isLoggedIn();
    await victim.logsIn();
    const user = await rowOf(victim);
    const [newest] = (await read<{ events: { id: string }[] }>(victim, "/settings/activity")).events;
    const own = await read<{ events: object[] }>(mallory, "/settings/activity");
    for (const query of [`before=${newest?.id}`, `user_id=${user?.id}`, `id=${user?.id}`, `before=${newest?.id}&before=x`]) {
      expect(await read(mallory, `/settings/activity?${query}`), query).toEqual(own);
    }
  });

  it("export nothing of theirs", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await newcomer().isLoggedIn();
    const mallory = await newcomer().isLoggedIn();
    const user = await rowOf(victim);
    const theirs = { user_id: user?.id ?? "", id: user?.id ?? "", username: victim.identity.username, email: victim.identity.email };
    const { token } = await mallory.opens("/settings/export");
    const answer = await mallory.posts(`/settings/export?${new URLSearchParams(theirs)}`, { csrf_token: token, ...theirs });
    expect(answer.json()).toMatchObject({ account: { username: mallory.identity.username } });
    for (const secret of [user?.id ?? "", victim.identity.username]) expect(answer.html).not.toContain(secret);
  });

  it("erase nobody: neither their name nor their id", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await newcomer().isLoggedIn();
    const mallory = await newcomer().isLoggedIn();
    const user = await rowOf(victim);
    const { username } = victim.identity;
    expect((await mallory.fillsIn("/settings/delete", { username, user_id: user?.id ?? "" })).status).toBe(422);
    const own = { username: mallory.identity.username, user_id: user?.id ?? "", id: user?.id ?? "" };
    expect((await mallory.fillsIn("/settings/delete", own)).status).toBe(303);
    expect((await rowOf(victim))?.erase_at).toBeNull();
    expect((await victim.opens("/dashboard")).status).toBe(200);
  });
});

describe("what a browser calls itself", () => {
  it.each([
    ["a script", '<script>alert(1)</script>"><img src=x onerror=alert(1)>'],
    ["the end of a tag", "'\"--></li></title></textarea><svg/onload=alert(1)> x/1 y"],
    ["another name for a system", "Mozilla/5.0 (Windows NT <b>10</b>; x) Firefox/1"],
    ["words to mislead its reader", "Your own device, no need to worry/1.0 and more"],
    ["a known browser and words", "Call +1-555-0100 at once/1.0 (x) Firefox"],
  ])("is a known name or none on the pages of its owner: %s", { tags: ["asvs-1.2.1"] }, async (_name, userAgent) => {
    const person = await newcomer({ "user-agent": userAgent }).isLoggedIn();
    for (const page of ["/settings/sessions", "/settings/activity"]) {
      const { status, html, text } = await person.opens(page);
      expect(status).toBe(200);
      expect(html).not.toMatch(/alert\(1\)|<b>10|<svg\/|onerror/);
      expect(text).not.toMatch(/no need to worry|555-0100/);
      expect(text).toMatch(/Unknown browser|Firefox/);
    }
  });

  it("may be very long: it is cut, and costs nobody anything", { tags: ["asvs-1.4.2"] }, async () => {
    const person = await newcomer({ "user-agent": `Mozilla/5.0 ${"( ; x/1 ".repeat(1_500)}` }).isLoggedIn();
    for (const page of ["/settings/sessions", "/settings/activity"]) expect((await person.opens(page)).status).toBe(200);
    const stored = await app.s.db.selectFrom("audit").select("user_agent").execute();
    expect(Math.max(...stored.map(({ user_agent }) => user_agent.length))).toBe(300);
  });
});

describe("the file of one's data", () => {
  it("holds no hash, no token, no cookie and no link, in any spelling", { tags: ["asvs-14.2.6"] }, async () => {
    const person = await newcomer().isLoggedIn();
    await person.fillsIn("/settings/change-email", { email: "elsewhere@example.com" });
    await app.person({}).fillsIn("/reset-password", { email: person.identity.email });
    const { html } = await person.fillsIn("/settings/export", {});
    const user = await rowOf(person);
    const tokens = await app.s.db
      .selectFrom("one_time_tokens")
      .selectAll()
      .where("user_id", "=", user?.id ?? "")
      .execute();
    const sessions = await app.s.db
      .selectFrom("sessions")
      .selectAll()
      .where("user_id", "=", user?.id ?? "")
      .execute();
    const codeHashes = tokens.flatMap(({ code_hash }) => code_hash ?? []);
    const hashes = [...tokens.flatMap((row) => [row.token_hash, row.browser_hash]), ...sessions.map((row) => row.token_hash)];
    const emails = await app.emails();
    const links = emails.flatMap(({ text }) => [...text.matchAll(/token=([\w-]{43})/g)].map(([, token]) => token ?? ""));
    const digits = emails.flatMap(({ text }) => [...text.matchAll(/^ {4}(\d{6})$/gm)].map(([, code]) => code ?? ""));
    expect([tokens.length, links.length, digits.length].every((number) => number > 1)).toBe(true);
    const secrets = [
      user?.password_hash ?? "",
      ...hashes.flatMap((hash) => (hash ? spellings(hash) : [])),
      ...codeHashes,
      ...person.cookies.values(),
      ...links,
      ...digits.map((code) => `"${code}"`),
    ];
    for (const secret of secrets) expect(html, secret).not.toContain(secret);
    expect(html).toContain("Reset your Latchkey password");
  });
});

describe("erasing somebody's account", () => {
  it("does not come from a foreign page, a link or a form without its token", { tags: ["asvs-3.5.1"] }, async () => {
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

  it("ends every session at once, even one that holds its forms open", { tags: ["asvs-7.4.2"] }, async () => {
    const person = await newcomer().isLoggedIn();
    const elsewhere = app.person(person.identity);
    await elsewhere.logsIn();
    const copy = app.person(person.identity);
    for (const [name, value] of person.cookies) copy.cookies.set(name, value);
    const { token } = await elsewhere.opens("/settings/export");
    await person.fillsIn("/settings/delete", { username: person.identity.username });
    for (const each of [person, elsewhere, copy]) {
      expect((await each.opens("/dashboard", asProgram)).status).toBe(401);
    }
    const answer = await elsewhere.posts("/settings/export", { csrf_token: token });
    expect([answer.status, answer.location]).toEqual([303, "/login?next=%2Fdashboard"]);
  });

  it("fifty times at once is asked for once, with one letter", { tags: ["asvs-15.4.2"] }, async () => {
    const person = await newcomer().isLoggedIn();
    const { username, email } = person.identity;
    const { token } = await person.opens("/settings/delete");
    const answers = await Promise.all(Array.from({ length: 50 }, () => person.posts("/settings/delete", { csrf_token: token, username })));
    // One form, so each of them gets the first one's answer.
    expect(new Set(answers.map(({ location }) => location))).toEqual(new Set(["/"]));
    expect((await app.emails(email)).filter(({ subject }) => subject === "Your account will be deleted")).toHaveLength(1);
  });

  it("is not taken back by a wrong password, or by a login that was under way", async () => {
    const person = await newcomer().isLoggedIn();
    const { email, username } = person.identity;
    const user = await findUserByEmail(app.s, email);
    const attempt = await reserve(app.s, [{ name: "login-account", of: email, budget: app.s.settings.loginPerAccount }]);
    if (!user || !attempt.ok) throw new Error("There is no login under way.");
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

  it("by an intruder is called off by “This wasn’t me”, and nobody is erased", { tags: ["asvs-6.3.7"] }, async () => {
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

  it("sends its notice with the site’s own address, whatever the request says of it", async () => {
    const person = newcomer({ "x-forwarded-host": "evil.test", forwarded: "host=evil.test", "x-original-url": "//evil.test" });
    await person.isLoggedIn();
    await person.fillsIn("/settings/delete", { username: person.identity.username });
    const [notice] = await app.emails(person.identity.email);
    expect(notice?.subject).toBe("Your account will be deleted");
    expect(`${notice?.text}${notice?.html}`).not.toContain("evil.test");
    expect(notice?.text).toContain(`${app.s.settings.baseUrl}/report-compromise?token=`);
  });
});

describe("filling the record", () => {
  it("ends with the budget: what is refused after it adds nothing, and the limit stands there once", {
    tags: ["asvs-16.3.1"],
  }, async () => {
    const person = await newcomer().isLoggedIn();
    const guesser = app.person({ ...person.identity, password: "not the password" });
    for (let i = 0; i < 10; i++) expect((await guesser.logsIn()).status).toBe(401);
    app.resetRecords();
    for (let i = 0; i < 30; i++) expect((await guesser.logsIn()).status).toBe(429);
    expect(app.queries.filter(({ isWrite }) => isWrite)).toEqual([]);
    const { events } = await read<{ events: { event: string }[] }>(person, "/settings/activity");
    const told = events.map(({ event }) => event);
    expect(told.filter((event) => event === "login-failed")).toHaveLength(10);
    expect(told.filter((event) => event === "login-limited")).toHaveLength(1);
    app.passes(61_000);
    expect((await guesser.logsIn()).status).toBe(401);
    expect((await read<{ events: object[] }>(person, "/settings/activity")).events).toHaveLength(told.length + 1);
  });

  it("says of two logouts at once that there was one", async () => {
    const person = await newcomer().isLoggedIn();
    const { token } = await person.opens("/logout");
    // Without a network in between, all of them are let in before the first has ended anything.
    const headers = { cookie: person.cookieHeader(), "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ csrf_token: token }).toString();
    const click = () => app.hono.fetch(new Request(`${app.url}/logout`, { method: "POST", headers, body }));
    const statuses = (await Promise.all(Array.from({ length: 20 }, click))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303).length).toBeGreaterThan(1);
    const id = (await rowOf(person))?.id ?? "";
    const rows = await app.s.db.selectFrom("audit").select("event").where("user_id", "=", id).where("event", "=", "logged-out").execute();
    expect(rows).toHaveLength(1);
  });
});

async function read<T>(person: Person, path: string): Promise<T> {
  const answer: Answer = await person.opens(path, asProgram);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.json() as T;
}

function spellings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  return [buffer.toString("hex"), buffer.toString("base64"), buffer.toString("base64url")];
}
