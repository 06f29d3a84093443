import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { transactional } from "../../../../test/transaction.ts";
import { recordEvent } from "../../../core/audit/log.ts";

const record = transactional(recordEvent);

describe("activity", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("activity: events are listed newest first, failed logins included", { tags: ["asvs-16.3.1"] }, async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    await ada.logsIn({ password: "wrong wrong" });
    await ada.logsIn();
    await ada.logsOut();
    await ada.logsIn();
    const { text } = await ada.opens("/settings/activity");
    const label = (event: string) => {
      const reference = app.s.catalog.events.get(event);
      return (reference && app.s.translations.render("en", reference, undefined)) ?? event;
    };
    const labels = ["logged-in", "logged-out", "logged-in", "login-failed", "signed-up"].map(label);
    let from = 0;
    for (const words of labels) {
      const at = text.indexOf(words, from);
      expect(at, words).toBeGreaterThanOrEqual(from);
      from = at + words.length;
    }
    expect(text).toContain("127.0.0.1");
  });

  it("activity: events of other accounts are not listed", { tags: ["asvs-8.2.2"] }, async () => {
    await app.person({ username: "private" }).isLoggedIn();
    const other = await app.person({ username: "curious" }).isLoggedIn();
    const { json } = await other.opens("/settings/activity", { accept: "application/json" });
    expect((json() as { events: { event: string }[] }).events.map(({ event }) => event)).toEqual(["logged-in", "signed-up"]);
  });

  it("activity: events of the same millisecond keep their order", async () => {
    const quick = await app.person({ username: "quick" }).isLoggedIn();
    const { id } = await app.s.db.selectFrom("users").select("id").where("username", "=", "quick").executeTakeFirstOrThrow();
    const at = app.s.now();
    const sameMoment = { ...app.s, now: () => at };
    for (let i = 0; i < 60; i++) await record(sameMoment, id, "exported", requestFrom(`203.0.113.${i}`));
    const seen: string[] = [];
    for (let path: string | undefined = "/settings/activity"; path !== undefined; ) {
      const page = (await quick.opens(path, { accept: "application/json" })).json() as {
        events: { ip: string }[];
        next: string | null;
      };
      seen.push(...page.events.map(({ ip }) => ip));
      path = page.next === null ? undefined : `/settings/activity?before=${page.next}`;
    }
    expect(seen.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, i) => `203.0.113.${59 - i}`));
  });

  it("activity: `next` gives the older events, and a malformed `before` the newest", async () => {
    const long = await app.person({ username: "long" }).isLoggedIn();
    const { id } = await app.s.db.selectFrom("users").select("id").where("username", "=", "long").executeTakeFirstOrThrow();
    for (let i = 0; i < 40; i++) await record(app.s, id, "exported", requestFrom("203.0.113.1", `visit ${i}`));
    const first = (await long.opens("/settings/activity", { accept: "application/json" })).json() as { events: unknown[]; next: string };
    expect(first.events).toHaveLength(25);
    const second = (await long.opens(`/settings/activity?before=${first.next}`, { accept: "application/json" })).json() as {
      events: unknown[];
      next: null;
    };
    expect([second.events.length, second.next]).toEqual([17, null]);
    for (const before of ["'", "%00", "../x", "9".repeat(5_000), "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"])
      expect((await long.opens(`/settings/activity?before=${encodeURIComponent(before)}`)).status, before).toBe(200);
  });

  it("audit table: only retention, erasure and sealing change its rows", { tags: ["asvs-16.4.2"] }, () => {
    const changing =
      /(?:updateTable|deleteFrom|mergeInto|replaceInto|(?:delete|update)\w+)\((?:\w+\.db, )?"audit"|(?:update|delete from|replace into)\s+"?audit\b/;
    const sources = globSync("src/**/*.ts").filter((path) => !path.endsWith(".test.ts"));
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.filter((path) => changing.test(readFileSync(path, "utf8"))).sort()).toEqual([
      "src/core/account/erasure.ts",
      // Marks events as sealed.
      "src/core/audit/chain/seal.ts",
      "src/core/audit/retention.ts",
    ]);
    expect(sources.filter((path) => /(?:insertInto|preparedInsert)\("audit"\)/.test(readFileSync(path, "utf8")))).toEqual([
      "src/core/audit/log.ts",
    ]);
  });

  it("failed login: an unknown email is recorded just as a known one", { tags: ["asvs-6.3.8"] }, async () => {
    const records = async () => (await app.s.db.selectFrom("audit").select("id").execute()).length;
    const before = await records();
    await app.person({ username: "nobody" }).logsIn();
    await app.person({ username: "ada" }).logsIn({ password: "wrong wrong" });
    expect(await records()).toBe(before + 2);
  });
});
