import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogEvent } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open.ts";
import { type Placeholders, prepared, preparedInsert, preparedVariants } from "./prepared.ts";

describe("prepared query", () => {
  let folder: string;
  let db: Database;
  let queries: LogEvent[];
  beforeEach(async () => {
    queries = [];
    folder = mkdtempSync(join(tmpdir(), "latchkey-prepared-"));
    db = await openDatabase({ url: `sqlite:${join(folder, "test.sqlite")}` }, (event) => queries.push(event));
    await migrate(db);
    const insert = preparedInsert("rate_limits");
    for (const [i, budget] of ["a", "b", "c"].entries()) await insert(db, { budget, hits: i, resets_at: 10 * i });
    queries = [];
  });
  afterEach(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });

  it("prepared query: each run has its own values, in the order of the parameters", async () => {
    let built = 0;
    const find = prepared((on, value: Placeholders<{ budget: string; least: number }>) => {
      built++;
      return on.selectFrom("rate_limits").select("hits").where("resets_at", ">=", value("least")).where("budget", "=", value("budget"));
    });
    const hits = async (values: { budget: string; least: number }) => (await find(db, values)).rows.map((row) => row.hits);
    expect(await hits({ budget: "b", least: 0 })).toEqual([1]);
    expect(await hits({ budget: "c", least: 20 })).toEqual([2]);
    expect(await hits({ budget: "c", least: 21 })).toEqual([]);
    expect(built).toBe(1);
    expect(queries.at(-1)?.query.parameters).toEqual([21, "c"]);
    expect(new Set(queries.map(({ query }) => query.sql)).size).toBe(1);
  });

  it("prepared query: is built once for a database and its transactions, and again for another database", async () => {
    let built = 0;
    const all = prepared((on, _: Placeholders<object>) => {
      built++;
      return on.selectFrom("rate_limits").select("budget");
    });
    await all(db, {});
    await db.transaction().execute((tx) => all(tx, {}));
    expect(built).toBe(1);
    const other = await openDatabase({ url: `sqlite:${join(folder, "other.sqlite")}` });
    await migrate(other);
    expect((await all(other, {})).rows).toEqual([]);
    expect(built).toBe(2);
    await other.destroy();
  });

  it("prepared query: is part of the transaction that it runs in", async () => {
    const clear = prepared((on, value: Placeholders<{ budget: string }>) =>
      on.deleteFrom("rate_limits").where("budget", "=", value("budget")),
    );
    await expect(
      db.transaction().execute(async (tx) => {
        expect((await clear(tx, { budget: "a" })).numAffectedRows).toBe(1n);
        throw new Error("never mind");
      }),
    ).rejects.toThrow("never mind");
    expect(await db.selectFrom("rate_limits").select("budget").execute()).toHaveLength(3);
  });

  it("preparedVariants: builds one query for each length of a list", async () => {
    const find = preparedVariants((count: number) =>
      prepared((on, value: Placeholders<readonly string[]>) =>
        on
          .selectFrom("rate_limits")
          .select("hits")
          .where(
            "budget",
            "in",
            Array.from({ length: count }, (_, i) => value(i)),
          )
          .orderBy("budget"),
      ),
    );
    expect((await find(2)(db, ["a", "c"])).rows).toEqual([{ hits: 0 }, { hits: 2 }]);
    expect((await find(1)(db, ["b"])).rows).toEqual([{ hits: 1 }]);
    expect(find(2)).toBe(find(2));
  });

  it("preparedInsert: inserts rows with and without optional columns", async () => {
    const insert = preparedInsert("audit");
    const row = { user_id: null, event: "logged-in", ip: "203.0.113.1", user_agent: "", happened_at: 1 };
    await insert(db, { ...row, id: "first" });
    await insert(db, { ...row, id: "second", actor: "command line" });
    await insert(db, { ...row, id: "third" });
    const rows = await db.selectFrom("audit").select(["id", "actor"]).orderBy("id").execute();
    expect(rows.map(({ actor }) => actor)).toEqual([null, "command line", null]);
  });
});
