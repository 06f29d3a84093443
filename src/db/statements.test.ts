import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../test/database.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open.ts";
import {
  deleteBatch,
  deleteBeyond,
  deleteReturning,
  insertFromSelect,
  insertIfAbsent,
  lockRow,
  updateReturning,
  upsert,
  upsertIf,
} from "./statements.ts";

describe("statements", () => {
  let database: Awaited<ReturnType<typeof makeDatabase>>;
  let db: Database;
  beforeEach(async () => {
    database = await makeDatabase();
    db = await openDatabase({ url: database.url });
    await migrate(db);
    const rows = ["a", "b", "c", "d"].map((budget, i) => ({ budget, hits: i, resets_at: 10 - i }));
    await db.insertInto("rate_limits").values(rows).execute();
  });
  afterEach(async () => {
    await db.destroy();
    await database.remove();
  });

  const hits = async () => {
    const rows = await db.selectFrom("rate_limits").select(["budget", "hits"]).orderBy("budget").execute();
    return Object.fromEntries(rows.map((row) => [row.budget, row.hits]));
  };

  it("deleteReturning: deletes what matches and returns its columns", async () => {
    const where = { budget: "b" };
    expect(await deleteReturning(db, "rate_limits", { where, returning: ["hits"] }).execute()).toEqual([{ hits: 1 }]);
    expect(await deleteReturning(db, "rate_limits", { where, returning: ["hits"] }).executeTakeFirst()).toBeUndefined();
    expect(await hits()).toEqual({ a: 0, c: 2, d: 3 });
  });

  it("updateReturning: returns the new values", async () => {
    const updated = updateReturning(db, "rate_limits", {
      set: (column) => ({ hits: column("hits", "+", 10) }),
      where: (count) => count("hits", ">", 1),
      returning: ["budget", "hits"],
    });
    expect((await updated.execute()).toSorted((a, b) => a.hits - b.hits)).toEqual([
      { budget: "c", hits: 12 },
      { budget: "d", hits: 13 },
    ]);
  });

  it("updateReturning with a limit: takes the first rows in order, and no more", async () => {
    const first = { where: {}, orderBy: "resets_at", limit: 1, set: { hits: 99 }, returning: ["budget"] } as const;
    expect(await updateReturning(db, "rate_limits", first).execute()).toEqual([{ budget: "d" }]);
  });

  it("deleteBatch: deletes the first rows in order, and returns how many", async () => {
    const next = () => deleteBatch(db, "rate_limits", { where: (count) => count("resets_at", "<", 10), orderBy: "resets_at", limit: 2 });
    expect(await next()).toBe(2);
    expect(await hits()).toEqual({ a: 0, b: 1 });
    expect([await next(), await next()]).toEqual([1, 0]);
  });

  it("deleteBeyond: keeps the last rows in order", async () => {
    await db.executeQuery(deleteBeyond(db, "rate_limits", { where: (count) => count("hits", ">", 0), orderBy: "hits", keep: 1 }).compile());
    expect(await hits()).toEqual({ a: 0, d: 3 });
  });

  it("lockRow: returns the row, or undefined", async () => {
    await db.transaction().execute(async (tx) => {
      expect(await lockRow(tx, "rate_limits", { where: { budget: "c" }, select: ["hits"] })).toEqual({ hits: 2 });
      expect(await lockRow(tx, "rate_limits", { where: { budget: "x" }, select: ["hits"] })).toBeUndefined();
    });
  });

  it("lockRow: an increment after it is lost to none of ten transactions at once", async () => {
    const increment = () =>
      db.transaction().execute(async (tx) => {
        const row = await lockRow(tx, "rate_limits", { where: { budget: "a" }, select: ["hits"] });
        await tx
          .updateTable("rate_limits")
          .set({ hits: (row?.hits ?? 0) + 1 })
          .where("budget", "=", "a")
          .execute();
      });
    await Promise.all(Array.from({ length: 10 }, increment));
    expect((await hits())["a"]).toBe(10);
  });

  it("insertIfAbsent: inserts once, and says which call did", async () => {
    const insert = () => insertIfAbsent(db, "rate_limits", { budget: "new", hits: 7, resets_at: 0 });
    expect((await Promise.all([insert(), insert(), insert()])).filter(Boolean)).toHaveLength(1);
    expect((await hits())["new"]).toBe(7);
  });

  it("upsert: inserts a row, and replaces it", async () => {
    for (const count of [5, 6]) await upsert(db, "rate_limits", { budget: "new", hits: count, resets_at: 0 }).execute();
    expect((await hits())["new"]).toBe(6);
  });

  it("upsertIf: updates from both rows where the condition holds, and returns what was written", async () => {
    const add = (budget: string) =>
      upsertIf(db, "rate_limits", {
        values: { budget, hits: 50, resets_at: 9 },
        set: ({ eb, existing, offered }) => ({ hits: eb(existing("hits"), "+", offered("hits")) }),
        where: ({ eb, existing, offered }) => eb(existing("resets_at"), "=", offered("resets_at")),
        returning: ["hits"],
      }).execute();
    expect([await add("new"), await add("b"), await add("c")]).toEqual([[{ hits: 50 }], [{ hits: 51 }], []]);
    expect(await hits()).toEqual({ a: 0, b: 51, c: 2, d: 3, new: 50 });
  });

  it("insertFromSelect: inserts one row if another exists, and none otherwise", async () => {
    const insert = (budget: string) =>
      insertFromSelect(db, "legacy_cookies", {
        row: { cookie_hash: new Uint8Array([1]), expires_at: 5 },
        from: "rate_limits",
        where: { budget },
        lock: true,
      }).execute();
    const rows = () => db.selectFrom("legacy_cookies").select("expires_at").execute();
    await insert("x");
    expect(await rows()).toEqual([]);
    await insert("a");
    expect(await rows()).toEqual([{ expires_at: 5 }]);
  });

  it("insertFromSelect with `replaces`: overwrites the row with the same key", async () => {
    const erase = (erased_at: number) =>
      insertFromSelect(db, "audit_erasures", {
        row: { owner: "owner", erased_at, key_id: "key", mac: "mac" },
        from: "rate_limits",
        where: (count) => count("hits", ">", 0),
        replaces: true,
      }).execute();
    await erase(1);
    await erase(2);
    expect(await db.selectFrom("audit_erasures").select(["owner", "erased_at"]).execute()).toEqual([{ owner: "owner", erased_at: 2 }]);
  });
});
