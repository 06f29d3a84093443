/** Attack: a link, image, prefetch or mail scanner that changes data by GET. */
// Runs on one engine: the statements of a page do not depend on it.
import { afterAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";

const app = await testApp({
  TOKEN_AUDIENCES: "https://api.example.com",
  FORWARD_AUTH_HOSTS: "localhost:3000",
  // The way back from a provider writes only with the cookie of an attempt.
  PROVIDERS: "github",
  PROVIDER_GITHUB_CLIENT_ID: "client",
  PROVIDER_GITHUB_SECRET: "a secret for tests",
});
afterAll(() => app.close());

/** All GET paths of the app, with parameters filled in. */
const paths = [...new Set(app.hono.routes.filter(({ method }) => method === "GET").map(({ path }) => path.replaceAll(/:\w+/g, "x")))];

const member = await app.person({ username: "member" }).isLoggedIn();
const loggedOut = await app.person({ username: "gone" }).isLoggedIn();
const ended = app.person();
for (const [name, value] of loggedOut.cookies) ended.cookies.set(name, value);
await loggedOut.logsOut();

const visitors: [string, () => Person][] = [
  ["an anonymous visitor", () => app.person()],
  ["a logged-in user", () => copyOf(app, member)],
  ["a user whose session has ended", () => copyOf(app, ended)],
  ["a mail scanner or a prefetch", () => app.person({}, { "sec-purpose": "prefetch;prerender", purpose: "prefetch" })],
  ["an API client", () => app.person({}, { accept: "application/json", "content-type": "application/json" })],
];

function copyOf({ person }: TestApp, { cookies }: Person): Person {
  const copy = person();
  for (const [name, value] of cookies) copy.cookies.set(name, value);
  return copy;
}

const lastSeen = /^update "sessions" set "last_seen_at" = \? where "token_hash" = \?$/;
/** `/readyz` tests whether the database accepts writes. */
const writeProbe = /"write_probes"/;

describe.each(visitors)("GET as %s", (_who, visitor) => {
  it.each(paths)("GET and HEAD: nothing is written by %s", { tags: ["asvs-3.5.3"] }, async (path) => {
    const { token } = await copyOf(app, member).opens("/dashboard");
    const fields = new URLSearchParams({
      csrf_token: token,
      email: "a@example.com",
      password: "x",
      username: "x",
      next: "/",
      token: "x",
      id: "1",
    });
    // `last_seen_at` becomes due, and expired rate limits could be deleted.
    app.passes(2 * 60_000);
    const before = await databaseContents(app.s);
    app.resetRecords();
    for (const method of ["GET", "HEAD"]) {
      for (const target of [path, `${path}?${fields}`]) expect((await visitor().sends(method, target)).status).toBeLessThan(500);
    }
    // Writes in the background come before this one.
    await app.s.db.updateTable("sessions").set({ last_seen_at: 0 }).where("token_hash", "=", new Uint8Array()).execute();
    expect(app.queries.filter(({ sql, isWrite }) => isWrite && !lastSeen.test(sql) && !writeProbe.test(sql))).toEqual([]);
    expect(await databaseContents(app.s)).toEqual(before);
  });
});

describe("GET", () => {
  it("GET: all pages are tested, and last_seen_at is written at most once a minute", async () => {
    expect(paths).toEqual(expect.arrayContaining(["/", "/login", "/logout", "/dashboard"]));
    app.passes(2 * 60_000);
    app.resetRecords();
    const lastSeenWrites = () => app.queries.filter(({ sql }) => lastSeen.test(sql)).length;
    await copyOf(app, member).opens("/dashboard");
    // Written in the background; an earlier visit would write it again.
    await expect.poll(lastSeenWrites).toBe(1);
    for (let i = 0; i < 5; i++) await copyOf(app, member).opens("/dashboard");
    await app.s.db.deleteFrom("sessions").where("token_hash", "=", new Uint8Array()).execute();
    expect(lastSeenWrites()).toBe(1);
  });
});
