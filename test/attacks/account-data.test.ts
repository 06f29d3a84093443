/** Attack: access to another user's sessions, events and data, and hostile user agents. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findUserByName } from "../../src/core/users/users.ts";
import { type Answer, type Person, type TestApp, testApp } from "../person.ts";

const asJson = { accept: "application/json" };

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_LOGIN_PER_IP: "1000/1h" });
});
afterAll(() => app.close());

let count = 0;
const newcomer = (headers: Record<string, string> = {}) => app.person({ username: `member${++count}` }, headers);
const rowOf = (person: Person) => findUserByName(app.s, person.identity.username);

describe("IDs of another user", () => {
  it("sessions: IDs of another user end no session", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await newcomer().isLoggedIn();
    const mallory = await newcomer().isLoggedIn();
    const [session] = (await readJson<{ sessions: { id: string }[] }>(victim, "/settings/sessions")).sessions;
    const user = await rowOf(victim);
    const rows = await app.s.db.selectFrom("sessions").select("token_hash").execute();
    const ids = [session?.id ?? "", user?.id ?? "", ...rows.flatMap(({ token_hash }) => encodings(token_hash)), "*", "%", "__proto__"];
    for (const id of ids) {
      expect((await mallory.fillsIn("/settings/sessions", { session: id, user_id: user?.id ?? "" })).status, id).toBe(422);
    }
    expect((await mallory.fillsIn("/settings/sessions", { others: "1", user_id: user?.id ?? "" })).status).toBe(303);
    expect((await victim.opens("/dashboard")).status).toBe(200);
    expect((await mallory.opens("/dashboard")).status).toBe(200);
  });

  it("activity: IDs of another user show none of their events", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await newcomer().isLoggedIn();
    const mallory = await newcomer().isLoggedIn();
    await victim.logsIn();
    const user = await rowOf(victim);
    const [newest] = (await readJson<{ events: { id: string }[] }>(victim, "/settings/activity")).events;
    const own = await readJson<{ events: object[] }>(mallory, "/settings/activity");
    for (const query of [`before=${newest?.id}`, `user_id=${user?.id}`, `id=${user?.id}`, `before=${newest?.id}&before=x`]) {
      expect(await readJson(mallory, `/settings/activity?${query}`), query).toEqual(own);
    }
  });

  it("export data: IDs of another user export none of their data", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await newcomer().isLoggedIn();
    const mallory = await newcomer().isLoggedIn();
    const user = await rowOf(victim);
    const theirs = { user_id: user?.id ?? "", id: user?.id ?? "", username: victim.identity.username, email: victim.identity.email };
    const { token } = await mallory.opens("/settings/export");
    const answer = await mallory.posts(`/settings/export?${new URLSearchParams(theirs)}`, { csrf_token: token, ...theirs });
    expect(answer.json()).toMatchObject({ account: { username: mallory.identity.username } });
    for (const secret of [user?.id ?? "", victim.identity.username]) expect(answer.html).not.toContain(secret);
  });

  it("delete account: the username or ID of another user deletes nothing of theirs", { tags: ["asvs-8.2.2"] }, async () => {
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

describe("hostile user agents", () => {
  it.each([
    ["a script", '<script>alert(1)</script>"><img src=x onerror=alert(1)>'],
    ["the end of a tag", "'\"--></li></title></textarea><svg/onload=alert(1)> x/1 y"],
    ["markup in the name of a system", "Mozilla/5.0 (Windows NT <b>10</b>; x) Firefox/1"],
    ["a misleading sentence", "Your own device, no need to worry/1.0 and more"],
    ["a known browser after other text", "Call +1-555-0100 at once/1.0 (x) Firefox"],
  ])("user agent: shown as a known browser or as unknown: %s", { tags: ["asvs-1.2.1"] }, async (_name, userAgent) => {
    const person = await newcomer({ "user-agent": userAgent }).isLoggedIn();
    for (const page of ["/settings/sessions", "/settings/activity"]) {
      const { status, html, text } = await person.opens(page);
      expect(status).toBe(200);
      expect(html).not.toMatch(/alert\(1\)|<b>10|<svg\/|onerror/);
      expect(text).not.toMatch(/no need to worry|555-0100/);
      expect(text).toMatch(/Unknown browser|Firefox/);
    }
  });

  it("user agent: a very long one is truncated to 300 characters", { tags: ["asvs-1.4.2"] }, async () => {
    const person = await newcomer({ "user-agent": `Mozilla/5.0 ${"( ; x/1 ".repeat(1_500)}` }).isLoggedIn();
    for (const page of ["/settings/sessions", "/settings/activity"]) expect((await person.opens(page)).status).toBe(200);
    const stored = await app.s.db.selectFrom("audit").select("user_agent").execute();
    expect(Math.max(...stored.map(({ user_agent }) => user_agent.length))).toBe(300);
  });
});

describe("event flooding", () => {
  it("activity: rate-limited logins add one event, and write nothing after it", {
    tags: ["asvs-16.3.1"],
  }, async () => {
    const person = await newcomer().isLoggedIn();
    const guesser = app.person({ ...person.identity, password: "not the password" });
    for (let i = 0; i < 10; i++) expect((await guesser.logsIn()).status).toBe(401);
    app.resetRecords();
    for (let i = 0; i < 30; i++) expect((await guesser.logsIn()).status).toBe(429);
    expect(app.queries.filter(({ isWrite }) => isWrite)).toEqual([]);
    const { events } = await readJson<{ events: { event: string }[] }>(person, "/settings/activity");
    const recorded = events.map(({ event }) => event);
    expect(recorded.filter((event) => event === "login-failed")).toHaveLength(10);
    expect(recorded.filter((event) => event === "login-limited")).toHaveLength(1);
    app.passes(61_000);
    expect((await guesser.logsIn()).status).toBe(401);
    expect((await readJson<{ events: object[] }>(person, "/settings/activity")).events).toHaveLength(recorded.length + 1);
  });

  it("activity: simultaneous logouts record one event", async () => {
    const person = await newcomer().isLoggedIn();
    const { token } = await person.opens("/logout");
    // Without a network, all requests are authenticated before the first one ends the session.
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

async function readJson<T>(person: Person, path: string): Promise<T> {
  const answer: Answer = await person.opens(path, asJson);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.json() as T;
}

function encodings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  return [buffer.toString("hex"), buffer.toString("base64"), buffer.toString("base64url")];
}
