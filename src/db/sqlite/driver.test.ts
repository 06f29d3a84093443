// Runs on one engine: it tests SQLite.
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../database.ts";
import { isUniqueViolation } from "../errors.ts";
import { migrate } from "../migrate.ts";
import { openDatabase } from "../open.ts";
import { shrinkLog } from "./shrink-log.ts";

describe("SQLite driver", () => {
  let folder: string;
  let path: string;
  let db: Database;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-db-"));
    path = join(folder, "new/test.sqlite");
    db = await openDatabase({ url: `sqlite:${path}` });
    await migrate(db);
  });
  afterEach(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });

  const put = (budget: string, on = db) => on.insertInto("rate_limits").values({ budget, hits: 1, resets_at: 0 }).execute();
  const budgets = async () => (await db.selectFrom("rate_limits").select("budget").execute()).map((row) => row.budget);

  it("SQLite: uses WAL mode and foreign keys", async () => {
    expect((await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db)).rows[0]?.journal_mode).toBe("wal");
    expect((await sql<{ foreign_keys: number }>`pragma foreign_keys`.execute(db)).rows[0]?.foreign_keys).toBe(1);
  });

  it("SQLite: reads during a transaction return the state before it", async () => {
    await db.transaction().execute(async (tx) => {
      await put("within", tx);
      expect(await budgets()).toEqual([]);
      expect(await tx.selectFrom("rate_limits").select("budget").execute()).toHaveLength(1);
    });
    expect(await budgets()).toEqual(["within"]);
  });

  it("SQLite: a failed transaction is rolled back", async () => {
    const work = db.transaction().execute(async (tx) => {
      await put("undone", tx);
      throw new Error("on purpose");
    });
    await expect(work).rejects.toThrow("on purpose");
    await put("after");
    expect(await budgets()).toEqual(["after"]);
  });

  it("SQLite: concurrent transactions are serialized", { tags: ["asvs-15.4.2"] }, async () => {
    await put("count");
    const add = () =>
      db.transaction().execute(async (tx) => {
        const { hits } = await tx.selectFrom("rate_limits").select("hits").where("budget", "=", "count").executeTakeFirstOrThrow();
        await new Promise(setImmediate);
        await tx
          .updateTable("rate_limits")
          .set({ hits: hits + 1 })
          .where("budget", "=", "count")
          .execute();
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await db.selectFrom("rate_limits").select("hits").execute()).toEqual([expect.objectContaining({ hits: 21 })]);
  });

  it("SQLite: the next read returns a committed write", async () => {
    for (let i = 0; i < 20; i++) {
      await put(`written ${i}`);
      expect(await budgets()).toContain(`written ${i}`);
    }
  });

  it("SQLite: writes wait for an open transaction", async () => {
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

  it("isUniqueViolation: is true for a duplicate key and false for another error", async () => {
    await put("once");
    expect(isUniqueViolation(await put("once").catch((error: unknown) => error))).toBe(true);
    expect(isUniqueViolation(await sql`select * from nothing`.execute(db).catch((error: unknown) => error))).toBe(false);
  });

  it("SQLite: values of each type are returned as stored", async () => {
    const bytes = Uint8Array.of(0, 255, 128);
    const { rows } = await sql`select ${null} as a, ${"é\0🐙"} as b, ${1.5} as c, ${2 ** 53 - 1} as d, ${bytes} as e, ${true} as f`.execute(
      db,
    );
    expect({ ...(rows[0] as object) }).toEqual({ a: null, b: "é\0🐙", c: 1.5, d: 2 ** 53 - 1, e: bytes, f: 1 });
  });

  it("SQLite: updates and deletes return the number of rows", async () => {
    await Promise.all(["a", "b", "c"].map((budget) => put(budget)));
    expect((await db.updateTable("rate_limits").set({ hits: 5 }).where("budget", "in", ["a", "b"]).executeTakeFirst()).numUpdatedRows).toBe(
      2n,
    );
    expect((await db.deleteFrom("rate_limits").where("budget", "=", "d").executeTakeFirst()).numDeletedRows).toBe(0n);
  });

  it("SQLite: a session without a user is rejected", async () => {
    const session = {
      token_hash: Uint8Array.of(1),
      user_id: "nobody",
      remembered: 0,
      created_at: 0,
      last_seen_at: 0,
      expires_at: 0,
      authenticated_at: 0,
      methods: "password",
      ip: "",
      user_agent: "",
    };
    const error = await db
      .insertInto("sessions")
      .values(session)
      .execute()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining("FOREIGN KEY") });
    expect(isUniqueViolation(error)).toBe(false);
  });

  it("isUniqueViolation: is true for a duplicate primary key", async () => {
    const user = {
      id: "1",
      username: "a",
      username_key: "a",
      email: "a@b",
      email_key: "a@b",
      created_at: 0,
    };
    await db.insertInto("users").values(user).execute();
    const error = await db
      .insertInto("users")
      .values({ ...user, username_key: "b", email_key: "b@b" })
      .execute()
      .catch((reason: unknown) => reason);
    expect(isUniqueViolation(error)).toBe(true);
  });

  it.each([[new Date(0)], [undefined], [{}], [Symbol("x")], [[1]], [new Map()]])(
    "SQLite: a value of an unsupported type throws: %s",
    async (value) => {
      await expect(sql`select ${value}`.execute(db)).rejects.toThrow(/cannot be stored/);
    },
  );

  it("SQLite: a write waits for another process without blocking the event loop", async () => {
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

  it("SQLite: a transaction waits for another process, and later writes wait behind it", async () => {
    const other = new DatabaseSync(path);
    other.exec("begin immediate");
    const order: string[] = [];
    const first = db.transaction().execute(async (tx) => {
      expect(await tx.selectFrom("rate_limits").select("budget").execute()).toEqual([expect.objectContaining({ budget: "theirs" })]);
      await put("first", tx);
      order.push("first");
    });
    const second = put("second").then(() => order.push("second"));
    await new Promise(setImmediate);
    other.exec("insert into rate_limits (budget, hits, resets_at) values ('theirs', 1, 0)");
    other.exec("commit");
    other.close();
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
    expect(new Set(await budgets())).toEqual(new Set(["theirs", "first", "second"]));
  });

  it("SQLite: each write has its own deadline", async () => {
    const patient = db;
    db = await openDatabase({ url: `sqlite:${path}`, timeoutMs: 50 });
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const holding = db.transaction().execute(async (tx) => {
      await put("holding", tx);
      await held;
    });
    await new Promise(setImmediate);
    // All of them end while the lock is still held.
    const ended = await Promise.allSettled(["a", "b", "c"].map((budget) => put(budget)));
    expect(ended.map((each) => (each.status === "rejected" ? (each.reason as Error).name : each.status))).toEqual(
      Array.from({ length: 3 }, () => "DatabaseUnavailableError"),
    );
    expect(await budgets()).toEqual([]);
    letGo();
    await holding;
    await put("after");
    expect(new Set(await budgets())).toEqual(new Set(["holding", "after"]));
    await patient.destroy();
  });

  it("shrinkLog: truncates the WAL unless a reader still needs it", async () => {
    const log = `${path}-wal`;
    await put("before");
    const reader = new DatabaseSync(path);
    reader.exec("begin");
    expect(reader.prepare("select count(*) as count from rate_limits").get()).toEqual({ count: 1 });
    await put("beside");
    await shrinkLog(db);
    expect(statSync(log).size).toBeGreaterThan(0);
    reader.exec("commit");
    await shrinkLog(db);
    expect(statSync(log).size).toBe(0);
    reader.close();
    expect(await budgets()).toEqual(["before", "beside"]);
    const { rows } = await sql<{ journal_size_limit: number }>`pragma journal_size_limit`.execute(db);
    expect(rows[0]?.journal_size_limit).toBe(16 * 2 ** 20);
  });

  it("SQLite: closing leaves one file with all rows", async () => {
    await put("kept");
    await db.destroy();
    expect(readdirSync(join(folder, "new"))).toEqual(["test.sqlite"]);
    db = await openDatabase({ url: `sqlite:${path}` });
    expect(await budgets()).toEqual(["kept"]);
  });

  it("SQLite: directory and files are readable by their owner only", { tags: ["asvs-13.3.2"] }, async () => {
    await put("private");
    expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(folder, "new"))) expect(statSync(join(folder, "new", name)).mode & 0o777, name).toBe(0o600);
  });

  it("SQLite: four processes that start at once migrate the file", async () => {
    await migrate(db);
    const script = join(folder, "open.mjs");
    const module = (name: string) => JSON.stringify(resolve(import.meta.dirname, name));
    writeFileSync(
      script,
      `import { openDatabase } from ${module("../open.ts")}; import { migrate } from ${module("../migrate.ts")};
       const db = await openDatabase({ url: "sqlite:${join(folder, "shared.sqlite")}", timeoutMs: 60_000 }); await migrate(db); await db.destroy();`,
    );
    const exits = Array.from({ length: 4 }, () => new Promise((done) => fork(script, { execArgv: [], stdio: "ignore" }).on("exit", done)));
    expect(await Promise.all(exits)).toEqual([0, 0, 0, 0]);
  });
});
