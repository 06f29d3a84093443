import type { LogEvent } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engine, makeDatabase, type TestDatabase } from "../../test/database.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open.ts";
import { sessionLookup } from "./session-lookup.ts";

const find = sessionLookup("sessions.token_hash", (db) =>
  db.selectFrom("sessions").innerJoin("users", "users.id", "sessions.user_id").select(["users.username", "sessions.expires_at"]),
);
const keyOf = (i: number) => Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? i : 255));

describe("session lookup", () => {
  let database: TestDatabase;
  let db: Database;
  let queries: LogEvent[];
  beforeEach(async () => {
    database = await makeDatabase();
    queries = [];
    db = await openDatabase({ url: database.url }, (event) => queries.push(event));
    if (engine === "sqlite") await migrate(db);
    for (let i = 0; i < 50; i++) await add(db, i);
    queries = [];
  });
  afterEach(async () => {
    await db.destroy();
    await database.remove();
  });

  async function add(on: Database, i: number): Promise<void> {
    const name = `person${i}`;
    const user = { id: name, username: name, username_key: name, email: name, email_key: name };
    await on
      .insertInto("users")
      .values({ ...user, created_at: 0 })
      .execute();
    const session = { token_hash: keyOf(i), user_id: name, remembered: 0, created_at: 0, last_seen_at: 0, expires_at: 1_000 + i };
    await on
      .insertInto("sessions")
      .values({ ...session, authenticated_at: 0, methods: "password", ip: "", user_agent: "" })
      .execute();
  }

  it("session lookup: concurrent lookups get their own rows, and undefined for unknown keys", async () => {
    const wanted = [3, 49, 200, 0, 3, 201];
    const rows = await Promise.all(wanted.map((i) => find(db, keyOf(i))));
    expect(rows.map((row) => row && [row.username, row.expires_at])).toEqual([
      ["person3", 1_003],
      ["person49", 1_049],
      undefined,
      ["person0", 1_000],
      ["person3", 1_003],
      undefined,
    ]);
    expect(queries).toHaveLength(engine === "sqlite" ? wanted.length : 1);
  });

  it("session lookup: a single lookup is one query", async () => {
    expect((await find(db, keyOf(7)))?.username).toBe("person7");
    expect(await find(db, keyOf(99))).toBeUndefined();
    expect(queries).toHaveLength(2);
  });

  it("session lookup: a row deleted by another process is not found", async () => {
    const other = await openDatabase({ url: database.url });
    for (let i = 0; i < 20; i++) {
      expect(await find(db, keyOf(i))).toBeDefined();
      await other.deleteFrom("sessions").where("token_hash", "=", keyOf(i)).execute();
      const [gone, there] = await Promise.all([find(db, keyOf(i)), find(db, keyOf(i + 1))]);
      expect([gone, there?.username]).toEqual([undefined, `person${i + 1}`]);
    }
    await other.destroy();
  });

  it("session lookup: sees uncommitted rows in their own transaction only", async () => {
    await find(db, keyOf(0));
    const work = db.transaction().execute(async (tx) => {
      await add(tx, 60);
      const [within, beside] = await Promise.all([find(tx, keyOf(60)), find(db, keyOf(60))]);
      expect([within?.username, beside]).toEqual(["person60", undefined]);
      throw new Error("on purpose");
    });
    await expect(work).rejects.toThrow("on purpose");
    expect(await find(db, keyOf(60))).toBeUndefined();
  });

  it("session lookup: every lookup is rejected if the database is closed", async () => {
    await find(db, keyOf(0));
    await db.destroy();
    const answers = await Promise.allSettled([1, 2, 3].map(async (i) => find(db, keyOf(i))));
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    db = await openDatabase({ url: database.url });
  });

  it.runIf(engine === "sqlite")("session lookup in SQLite: resolves within the same turn of the event loop", async () => {
    await find(db, keyOf(0));
    let isNextTurn = false;
    setImmediate(() => {
      isNextTurn = true;
    });
    expect(await find(db, keyOf(1))).toMatchObject({ username: "person1" });
    expect(isNextTurn).toBe(false);
  });
});
