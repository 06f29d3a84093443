import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "./migrate.ts";
import { type Database, isUniqueViolation, openDatabase } from "./open.ts";

describe("the database", () => {
  let folder: string;
  let path: string;
  let db: Database;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-db-"));
    path = join(folder, "new/test.sqlite");
    db = openDatabase(`sqlite:${path}`);
    await migrate(db);
  });
  afterEach(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });

  const put = (budget: string, on = db) => on.insertInto("limits").values({ budget, hits: 1, resets_at: 0 }).execute();
  const budgets = async () => (await db.selectFrom("limits").select("budget").execute()).map((row) => row.budget);

  it("has each commit on the disk before it is acknowledged", async () => {
    expect((await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db)).rows[0]?.journal_mode).toBe("wal");
    expect((await sql<{ synchronous: number }>`pragma synchronous`.execute(db)).rows[0]?.synchronous).toBe(2);
    expect((await sql<{ foreign_keys: number }>`pragma foreign_keys`.execute(db)).rows[0]?.foreign_keys).toBe(1);
  });

  it("answers reads while a transaction is open, with what was there before it", async () => {
    await db.transaction().execute(async (tx) => {
      await put("within", tx);
      expect(await budgets()).toEqual([]);
      expect(await tx.selectFrom("limits").select("budget").execute()).toHaveLength(1);
    });
    expect(await budgets()).toEqual(["within"]);
  });

  it("keeps nothing of a transaction that fails", async () => {
    const work = db.transaction().execute(async (tx) => {
      await put("undone", tx);
      throw new Error("on purpose");
    });
    await expect(work).rejects.toThrow("on purpose");
    await put("after");
    expect(await budgets()).toEqual(["after"]);
  });

  it("runs one transaction after another, and lets no write slip in between", async () => {
    const order: string[] = [];
    const slow = (name: string) =>
      db.transaction().execute(async (tx) => {
        order.push(`${name} begins`);
        await put(`${name}1`, tx);
        await new Promise(setImmediate);
        await put(`${name}2`, tx);
        order.push(`${name} ends`);
      });
    await Promise.all([slow("a"), put("alone").then(() => order.push("alone")), slow("b")]);
    expect(order.filter((each) => each !== "alone")).toEqual(["a begins", "a ends", "b begins", "b ends"]);
    expect(await budgets()).toEqual(["a1", "a2", "alone", "b1", "b2"]);
  });

  it("tells a value that is there already from any other fault", async () => {
    await put("once");
    expect(isUniqueViolation(await put("once").catch((error: unknown) => error))).toBe(true);
    expect(isUniqueViolation(await sql`select * from nothing`.execute(db).catch((error: unknown) => error))).toBe(false);
  });

  it.each([[new Date(0)], [undefined], [{}], [Symbol("x")]])("refuses what it could not give back: %s", async (value) => {
    await expect(sql`select ${value}`.execute(db)).rejects.toThrow(/cannot be stored/);
  });

  it("waits for another process's write without stopping anything else", async () => {
    const other = new DatabaseSync(path);
    other.exec("begin immediate");
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const written = put("waited");
    await new Promise<void>((resolve) => {
      const whenTicked = setInterval(() => {
        if (turns < 5) return;
        clearInterval(whenTicked);
        resolve();
      }, 1);
    });
    expect(await budgets()).toEqual([]);
    other.exec("commit");
    await written;
    clearInterval(ticking);
    other.close();
    expect(await budgets()).toEqual(["waited"]);
  });

  it("is migrated once, however many processes start on it at once", async () => {
    await migrate(db);
    const script = join(folder, "open.mjs");
    const module = (name: string) => JSON.stringify(resolve(import.meta.dirname, name));
    writeFileSync(
      script,
      `import { openDatabase } from ${module("open.ts")}; import { migrate } from ${module("migrate.ts")};
       const db = openDatabase("sqlite:${join(folder, "shared.sqlite")}"); await migrate(db); await db.destroy();`,
    );
    const exits = Array.from({ length: 4 }, () => new Promise((done) => fork(script, { execArgv: [], stdio: "ignore" }).on("exit", done)));
    expect(await Promise.all(exits)).toEqual([0, 0, 0, 0]);
  });
});
