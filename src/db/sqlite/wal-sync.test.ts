// Runs on one engine: it tests SQLite.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testApp } from "../../../test/person.ts";
import type { Database } from "../database.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import { migrate } from "../migrate.ts";
import { openDatabase } from "../open.ts";
import { sessionLookup } from "../session-lookup.ts";
import { transact } from "../transaction.ts";
import { whenDurable } from "../when-durable.ts";

const { fdatasync } = fs;

/** Replaces `fdatasync`: it returns or fails when the test says so. */
class Disk {
  #asked: (() => void)[] = [];
  #failing: ((error: Error) => void)[] = [];
  #whenAsked: (() => void)[] = [];
  asks = 0;

  constructor() {
    fs.fdatasync = ((file: number, done: (error: Error | null) => void) => {
      this.asks++;
      this.#asked.push(() => fdatasync(file, done));
      this.#failing.push(done);
      for (const each of this.#whenAsked.splice(0)) each();
    }) as typeof fdatasync;
    syncBuiltinESMExports();
  }

  /** Resolves when a sync is requested. */
  async isAsked(): Promise<void> {
    if (this.#asked.length === 0) await new Promise<void>((resolve) => this.#whenAsked.push(resolve));
  }

  async writes(): Promise<void> {
    await this.isAsked();
    this.#failing.shift();
    this.#asked.shift()?.();
  }

  /** Fails all requested and later syncs. */
  fails(): void {
    for (const fail of this.#failing.splice(0)) fail(new Error("EIO"));
    Disk.fails();
  }

  static fails(): void {
    fs.fdatasync = ((_: number, done: (error: Error | null) => void) => done(new Error("EIO"))) as typeof fdatasync;
    syncBuiltinESMExports();
  }

  static isBack(): void {
    fs.fdatasync = fdatasync;
    syncBuiltinESMExports();
  }
}

describe("WAL sync", () => {
  let folder: string;
  let db: Database;
  beforeEach(async () => {
    folder = fs.mkdtempSync(join(tmpdir(), "latchkey-wal-"));
    db = await openDatabase({ url: `sqlite:${join(folder, "test.sqlite")}` });
    await migrate(db);
  });
  afterEach(async () => {
    Disk.isBack();
    await db.destroy();
    fs.rmSync(folder, { recursive: true });
  });

  const put = (budget: string, on = db) => on.insertInto("rate_limits").values({ budget, hits: 1, resets_at: 0 }).execute();
  const budgets = async () => (await db.selectFrom("rate_limits").select("budget").execute()).map(({ budget }) => budget);
  /** The rows that another process reads. */
  const inFile = () => {
    const other = new DatabaseSync(join(folder, "test.sqlite"));
    const rows = other.prepare("select budget from rate_limits").all();
    other.close();
    return rows.map(({ budget }) => budget);
  };
  const turns = async () => {
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  };
  const noting = (done: string[], name: string) => () => done.push(name);

  it("WAL sync: a write resolves when it is on the disk", async () => {
    const disk = new Disk();
    const done: string[] = [];
    const alone = put("alone").then(noting(done, "alone"));
    await disk.isAsked();
    await turns();
    expect([await budgets(), done]).toEqual([["alone"], []]);
    await disk.writes();
    await alone;
    const batchResponses = db
      .transaction()
      .execute((tx) => put("in a transaction", tx))
      .then(noting(done, "in a transaction"));
    await disk.isAsked();
    await turns();
    expect(done).toEqual(["alone"]);
    await disk.writes();
    await batchResponses;
    expect(done).toEqual(["alone", "in a transaction"]);
  });

  it("WAL sync: a write waits for a sync that starts after it, and shares it with concurrent writes", async () => {
    const disk = new Disk();
    const done: string[] = [];
    const first = put("first").then(noting(done, "first"));
    await disk.isAsked();
    const later = ["a", "b", "c"].map((name) => put(name).then(noting(done, name)));
    await turns();
    await disk.writes();
    await first;
    await turns();
    expect(done).toEqual(["first"]);
    await disk.writes();
    await Promise.all(later);
    expect(new Set(done)).toEqual(new Set(["a", "b", "c", "first"]));
    expect(disk.asks).toBe(2);
  });

  it("WAL sync: relaxed, read-only and rolled back transactions wait for no sync", async () => {
    const disk = new Disk();
    await transact(db, (tx) => put("a count", tx), "relaxed");
    await db.transaction().execute((tx) => tx.selectFrom("rate_limits").selectAll().execute());
    const undone = db.transaction().execute(async (tx) => {
      await put("undone", tx);
      throw new Error("on purpose");
    });
    await expect(undone).rejects.toThrow("on purpose");
    expect(disk.asks).toBe(0);
    // The next durable commit syncs it too.
    const kept = put("kept");
    await disk.writes();
    await kept;
    expect(await budgets()).toEqual(["a count", "kept"]);
    // Relaxed durability ends with its transaction.
    const full = transact(db, (tx) => put("full", tx));
    await disk.writes();
    await full;
    expect(disk.asks).toBe(2);
  });

  it("WAL sync: after a disk failure every write and read is rejected", async () => {
    Disk.fails();
    await expect(put("lost")).rejects.toThrow(DatabaseUnavailableError);
    Disk.isBack();
    await expect(put("after")).rejects.toThrow(DatabaseUnavailableError);
    await expect(budgets()).rejects.toThrow(DatabaseUnavailableError);
    const find = sessionLookup("sessions.token_hash", (on) => on.selectFrom("sessions").select("user_id"));
    await expect(find(db, new Uint8Array(32))).rejects.toThrow(DatabaseUnavailableError);
  });

  it("WAL sync: a disk failure does not roll back the next transaction", async () => {
    const disk = new Disk();
    const first = put("first");
    await disk.isAsked();
    const halfway = Promise.withResolvers<void>();
    const second = db.transaction().execute(async (tx) => {
      await put("second, part one", tx);
      await halfway.promise;
      await put("second, part two", tx);
      throw new Error("on purpose");
    });
    const transaction = db.transaction().execute((tx) => put("waits for its turn", tx));
    await turns();
    disk.fails();
    await expect(first).rejects.toThrow(DatabaseUnavailableError);
    halfway.resolve();
    await expect(second).rejects.toThrow("on purpose");
    await expect(transaction).rejects.toThrow(DatabaseUnavailableError);
    expect(inFile()).toEqual(["first", "waits for its turn"]);
  });

  it("WAL sync: a disk failure leaves no partial transaction", async () => {
    const disk = new Disk();
    const first = db.transaction().execute((tx) => put("first", tx));
    await disk.isAsked();
    const halfway = Promise.withResolvers<void>();
    const second = db.transaction().execute(async (tx) => {
      await put("part one", tx);
      await halfway.promise;
      await put("part two", tx);
      throw new Error("on purpose");
    });
    await turns();
    disk.fails();
    await expect(first).rejects.toThrow(DatabaseUnavailableError);
    halfway.resolve();
    await expect(second).rejects.toThrow("on purpose");
    expect(inFile()).toEqual(["first"]);
  });

  it("whenDurable: resolves after the sync of another request's write", async () => {
    const disk = new Disk();
    const done: string[] = [];
    await whenDurable(db);
    const written = put("by another").then(noting(done, "written"));
    await disk.isAsked();
    const told = whenDurable(db).then(noting(done, "told"));
    await turns();
    expect(done).toEqual([]);
    await disk.writes();
    await Promise.all([written, told]);
    expect(done).toHaveLength(2);
  });

  it("WAL sync: works with a symbolic link to the database", async () => {
    await put("there");
    await db.destroy();
    const link = join(folder, "link.sqlite");
    fs.symlinkSync(join(folder, "test.sqlite"), link);
    db = await openDatabase({ url: `sqlite:${link}` });
    await put("by the link");
    expect(new Set(await budgets())).toEqual(new Set(["there", "by the link"]));
  });

  it("WAL sync: closing during writes causes no other error", async () => {
    for (let round = 0; round < 30; round++) {
      const writes = Array.from({ length: 5 }, (_, i) => put(`${round} ${i}`).catch((error: unknown) => error));
      await db.destroy();
      for (const error of (await Promise.all(writes)).filter((each) => each instanceof Error))
        expect(error.message).toMatch(/database is not open/i);
      db = await openDatabase({ url: `sqlite:${join(folder, "test.sqlite")}` });
    }
  });

  it("WAL sync: a committed write survives a killed process", async () => {
    await put("there");
    // Copies the files of the open database, as a killed process leaves them.
    for (const name of fs.readdirSync(folder)) fs.copyFileSync(join(folder, name), `${join(folder, name).replace("test.", "copy.")}`);
    const copy = new DatabaseSync(join(folder, "copy.sqlite"));
    expect(copy.prepare("select budget from rate_limits").all()).toEqual([expect.objectContaining({ budget: "there" })]);
    copy.close();
  });
});

describe("response without a write", () => {
  it("second logout: the response waits until the first logout is on the disk", async () => {
    const app = await testApp();
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const twice = app.person({ username: "ada" });
    for (const [name, value] of ada.cookies) twice.cookies.set(name, value);
    const disk = new Disk();
    const done: string[] = [];
    const first = ada.logsOut().then(() => done.push("first"));
    await disk.isAsked();
    // The session has ended, so the second logout writes nothing.
    const second = twice.sendsJson("/logout", {}).then(({ status }) => done.push(`second ${status}`));
    await twice.opens("/");
    expect(done).toEqual([]);
    await disk.writes();
    await Promise.all([first, second]);
    expect(done).toContain("second 200");
    Disk.isBack();
    await app.close();
  });
});
