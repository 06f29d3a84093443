/** Attack: a link, a picture, a prefetch or a mail scanner that opens a page and thereby does something. */
// Runs on one engine: which statements a page makes does not depend on who takes them.
import { afterAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";

const app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" });
afterAll(() => app.close());

/** Every page there is, by the app's own table; what stands for a part of a path is filled in. */
const paths = [...new Set(app.hono.routes.filter(({ method }) => method === "GET").map(({ path }) => path.replaceAll(/:\w+/g, "x")))];

const member = await app.person({ username: "member" }).isLoggedIn();
const gone = await app.person({ username: "gone" }).isLoggedIn();
const ended = app.person();
for (const [name, value] of gone.cookies) ended.cookies.set(name, value);
await gone.logsOut();

const visitors: [string, () => Person][] = [
  ["nobody", () => app.person()],
  ["somebody logged in", () => copyOf(app, member)],
  ["somebody whose session has ended", () => copyOf(app, ended)],
  ["a mail scanner or a prefetch", () => app.person({}, { "sec-purpose": "prefetch;prerender", purpose: "prefetch" })],
  ["a program", () => app.person({}, { accept: "application/json", "content-type": "application/json" })],
];

function copyOf({ person }: TestApp, { cookies }: Person): Person {
  const copy = person();
  for (const [name, value] of cookies) copy.cookies.set(name, value);
  return copy;
}

const lastSeen = /^update "sessions" set "last_seen_at" = \? where "token_hash" = \?$/;
/** Of `/readyz`, whose question is whether the database takes writes. */
const writeProbe = /"write_probes"/;

describe.each(visitors)("opening a page, as %s", (_who, visitor) => {
  it.each(paths)("writes nothing: %s", { tags: ["asvs-3.5.3"] }, async (path) => {
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
    // So that `last_seen_at` is due, and every budget has run out and could be swept.
    app.passes(2 * 60_000);
    const before = await databaseContents(app.s);
    app.resetRecords();
    for (const method of ["GET", "HEAD"]) {
      for (const target of [path, `${path}?${fields}`]) expect((await visitor().sends(method, target)).status).toBeLessThan(500);
    }
    // A write that nobody waits for stands in line before this one.
    await app.s.db.updateTable("sessions").set({ last_seen_at: 0 }).where("token_hash", "=", new Uint8Array()).execute();
    expect(app.queries.filter(({ sql, isWrite }) => isWrite && !lastSeen.test(sql) && !writeProbe.test(sql))).toEqual([]);
    expect(await databaseContents(app.s)).toEqual(before);
  });
});

describe("the list of pages", () => {
  it("is the app's own, and a visit is noted at most once a minute", async () => {
    expect(paths).toEqual(expect.arrayContaining(["/", "/login", "/logout", "/dashboard"]));
    app.passes(2 * 60_000);
    app.resetRecords();
    const noted = () => app.queries.filter(({ sql }) => lastSeen.test(sql)).length;
    await copyOf(app, member).opens("/dashboard");
    // Nobody waits for it; a visit that came before it was through would note itself as well.
    await expect.poll(noted).toBe(1);
    for (let i = 0; i < 5; i++) await copyOf(app, member).opens("/dashboard");
    await app.s.db.deleteFrom("sessions").where("token_hash", "=", new Uint8Array()).execute();
    expect(noted()).toBe(1);
  });
});
