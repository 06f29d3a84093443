import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generousTimeouts, Person } from "../../test/person.ts";
import { bin } from "../../test/program.ts";
import { columns } from "./columns.ts";
import { migrate, migrateAtStart, migrations, pendingMigrations, planMigrations, SchemaError } from "./migrate.ts";
import { openDatabase } from "./open.ts";

describe("migrate", () => {
  let folder: string;
  let path: string;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-migrate-"));
    path = join(folder, "var/latchkey.sqlite");
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map(stop));
    rmSync(folder, { recursive: true, force: true });
  });

  /** The SQL of all tables and indexes, and the migrations that have run. */
  function schema(): unknown[] {
    const database = new DatabaseSync(path, { readOnly: true });
    const created = database.prepare("select type, name, sql from sqlite_master order by type, name").all();
    const run = database.prepare("select * from latchkey_migrations").all();
    database.close();
    return [created, run];
  }

  async function migrateAll(): Promise<void> {
    const db = await openDatabase({ url: `sqlite:${path}` });
    try {
      await migrate(db);
    } finally {
      await db.destroy();
    }
  }

  it("migrate: creates every table, and a second run changes nothing", async () => {
    await migrateAll();
    const created = schema();
    expect(JSON.stringify(created)).toMatch(/"users".*"sessions".*"rate_limits"|"rate_limits".*"sessions".*"users"/);
    await migrateAll();
    await migrateAll();
    expect(schema()).toEqual(created);
  });

  it("migrate: a second run keeps the rows", async () => {
    await migrateAll();
    const database = new DatabaseSync(path);
    database.exec("insert into rate_limits (budget, hits, resets_at) values ('kept', 7, 9)");
    database.close();
    await migrateAll();
    const db = await openDatabase({ url: `sqlite:${path}` });
    expect(await db.selectFrom("rate_limits").selectAll().execute()).toEqual([
      expect.objectContaining({ budget: "kept", hits: 7, resets_at: 9 }),
    ]);
    await db.destroy();
  });

  it("migrate at start: copies the file before a pending migration, and keeps its rows", async () => {
    await migrateAll();
    const db = await openDatabase({ url: `sqlite:${path}` });
    await db.insertInto("rate_limits").values({ budget: "kept", hits: 7, resets_at: 9 }).execute();
    migrations["9999-more"] = { up: (on) => on.schema.createTable("more").addColumn("id", "integer").execute() };
    try {
      expect(await pendingMigrations(db)).toEqual(["9999-more"]);
      await migrateAtStart(db, `sqlite:${path}`, Date.UTC(2030, 0, 2));
      expect(await pendingMigrations(db)).toEqual([]);
    } finally {
      delete migrations["9999-more"];
    }
    expect(await db.selectFrom("rate_limits").select("budget").execute()).toEqual([{ budget: "kept" }]);
    await db.destroy();
    const copy = new DatabaseSync(`${path}.before-9999-more.20300102T000000Z`, { readOnly: true });
    expect(
      copy
        .prepare("select name from latchkey_migrations")
        .all()
        .map((row) => row["name"]),
    ).toEqual(["0001-initial", "0002-two-factor", "0003-passkeys", "0004-email-login", "0005-recovery", "0006-providers"]);
    copy.close();
  });

  it("migrate: rejects a database of an unreleased version in one line that names the import", async () => {
    const db = await openDatabase({ url: `sqlite:${path}` });
    await sql`create table latchkey_migrations (name text, timestamp text)`.execute(db);
    await sql`insert into latchkey_migrations values ('0001-front-door', ''), ('0002-accounts', '')`.execute(db);
    await sql`create table users (id text)`.execute(db);
    const refused = [migrate(db), planMigrations(db), migrateAtStart(db, `sqlite:${path}`, 0)];
    for (const each of refused)
      await expect(each).rejects.toThrow(/^The database was created by an unreleased version\. Set DATABASE_URL to a new [^\n]*$/);
    await db.destroy();
  });

  it("schema: rejects users without keys and duplicate keys", async () => {
    await migrateAll();
    const database = new DatabaseSync(path);
    const insert = (...values: (string | null)[]) =>
      database
        .prepare(
          `insert into users (id, username, username_key, email, email_key, created_at)
           values (?, 'Ada', ?, 'Ada@example.com', ?, 0)`,
        )
        .run(...values);
    insert("1", "ada", "ada@example.com");
    for (const values of [
      ["1", "other", "other@example.com"],
      ["2", "ada", "other@example.com"],
      ["2", "other", "ada@example.com"],
      ["2", null, "other@example.com"],
      ["2", "other", null],
    ])
      expect(() => insert(...values), JSON.stringify(values)).toThrow(/constraint failed/);
    insert("2", "other", "other@example.com");
    database.close();
  });

  it("migrate: a failure names the migration and the cause, and is rolled back", async () => {
    const db = await openDatabase({ url: `sqlite:${path}` });
    await db.schema.createTable("others").addColumn("of", "text").execute();
    await db.schema.createIndex("rate_limits_resets_at").on("others").column("of").execute();
    const failed = await migrate(db).catch((error: unknown) => error);
    const { rows } = await sql`select name from sqlite_schema where type = 'table'`.execute(db);
    await db.destroy();
    expect(failed).toBeInstanceOf(SchemaError);
    expect(failed).toMatchObject({
      message: expect.stringContaining("(0001-initial)"),
      cause: { message: expect.stringContaining("rate_limits_resets_at") },
    });
    expect(rows).toEqual([{ name: "others" }]);
  });

  it("migrate: rejects tables of another application, and ignores its Kysely migrations", async () => {
    const db = await openDatabase({ url: `sqlite:${path}` });
    await sql`create table kysely_migration (name text, timestamp text)`.execute(db);
    await sql`insert into kysely_migration values ('2024_01_orders', '')`.execute(db);
    await sql`create table users (id text)`.execute(db);
    for (const refused of [migrate(db), planMigrations(db), migrateAtStart(db, `sqlite:${path}`, 0)])
      await expect(refused).rejects.toBeInstanceOf(SchemaError);
    expect((await sql`select name from sqlite_schema where type = 'table' and name = 'sessions'`.execute(db)).rows).toEqual([]);
    await sql`drop table users`.execute(db);
    await migrate(db);
    expect((await sql`select name from kysely_migration`.execute(db)).rows).toEqual([{ name: "2024_01_orders" }]);
    expect(await pendingMigrations(db)).toEqual([]);
    await db.destroy();
  });

  it("migrate: creates the columns that queries select, and no others", async () => {
    const db = await openDatabase({ url: `sqlite:${path}` });
    await migrate(db);
    const tables = (await db.introspection.getTables()).filter(({ name }) => !/^latchkey_|^users_search/.test(name));
    await db.destroy();
    const created = tables.map((table) => [table.name, table.columns.map(({ name }) => name).sort()]);
    const listed = Object.entries(columns).map(([name, names]) => [name, [...names].sort()]);
    expect(Object.fromEntries(created)).toEqual(Object.fromEntries(listed));
  });

  it("migrate at start: two servers started at once on a new file share it", async () => {
    const urls = await Promise.all([start(), start()]);
    const [here, there] = urls.map((url) => new Person(url, { username: "ada" }, {}));
    if (!here || !there) throw new Error("Neither started.");
    await here.isLoggedIn();
    // The other server accepts the session cookie and the key of the first.
    for (const [name, value] of here.cookies) there.cookies.set(name, value);
    expect((await there.opens("/dashboard")).text).toContain("Hello, ada");
    await there.logsOut();
    expect((await here.opens("/dashboard")).status).toBe(303);
    expect(schema()).toHaveLength(2);
  });

  /** Starts the server on a free port. Throws its output if it exits. */
  function start(): Promise<string> {
    const { PATH = "" } = process.env;
    const program = spawn(process.execPath, [bin], {
      cwd: folder,
      env: { PATH, PORT: "0", ...generousTimeouts },
    });
    started.push(program);
    return new Promise((done, fail) => {
      let output = "";
      for (const stream of [program.stdout, program.stderr]) {
        stream.on("data", (part: Buffer) => {
          output += part.toString();
          const port = /Latchkey is at http:\/\/localhost:(\d+)/.exec(output)?.[1];
          if (port) done(`http://127.0.0.1:${port}`);
        });
      }
      program.once("close", () => fail(new Error(`It ended: ${output}`)));
    });
  }
});

async function stop(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = new Promise((done) => program.once("close", done));
  program.kill("SIGTERM");
  await ended;
}
