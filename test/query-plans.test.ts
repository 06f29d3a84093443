// Runs on one engine: it reads plans of SQLite.
import { describe, expect, it } from "vitest";
import { makeDatabase } from "./database.ts";
import { checkPlans } from "./query-plans.ts";

describe("query plans", () => {
  const whenRun = async (sql: string, isRequest = true) => {
    const { url, remove } = await makeDatabase({ isMigrated: true });
    const plans = checkPlans(url.slice("sqlite:".length));
    if (isRequest) plans.during(() => plans.onQuery(sql));
    else plans.onQuery(sql);
    await remove();
    return plans.finish;
  };

  it.each([
    ["a column without an index", "select id from users where locale = ?"],
    ["two conditions of which either holds", "select id from users where locale = ? or roles = ?"],
    ["all sessions that were used since", "select user_id from sessions where remembered = ? and last_seen_at > ?"],
    ["an update of a column without an index", "update users set locale = null where locale = ?"],
  ])("query plans: %s is found", async (_, sql) => {
    expect(await whenRun(sql)).toThrow(sql);
  });

  it.each([
    ["one row by its key", "select id from users where username_key = ?"],
    ["the first rows of an index", "select id from users order by id limit ?"],
    ["a table that stays small", "select id from signing_keys"],
  ])("query plans: %s is allowed", async (_, sql) => {
    expect(await whenRun(sql)).not.toThrow();
  });

  it("query plans: statements outside of requests are not checked", async () => {
    expect(await whenRun("select id from users where locale = ?", false)).not.toThrow();
  });
});
