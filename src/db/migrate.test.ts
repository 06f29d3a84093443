import { type ChildProcess, spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { Migrator } from "kysely/migration";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Person, testApp } from "../../test/person.ts";
import { bin } from "../../test/program.ts";
import { columns } from "./columns.ts";
import { migrate, migrateAtStart, pendingMigrations, planMigrations, SchemaError } from "./migrate.ts";
import type * as frontDoor from "./migrations/0001-front-door.ts";
import { openDatabase } from "./open.ts";

describe("migrating", () => {
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

  /** Tables, columns and indexes as the engine has them, and which migrations have run. */
  function schema(): unknown[] {
    const database = new DatabaseSync(path, { readOnly: true });
    const made = database.prepare("select type, name, sql from sqlite_master order by type, name").all();
    const run = database.prepare("select * from latchkey_migrations").all();
    database.close();
    return [made, run];
  }

  async function migrateAll(): Promise<void> {
    const db = await openDatabase({ url: `sqlite:${path}` });
    try {
      await migrate(db);
    } finally {
      await db.destroy();
    }
  }

  it("makes every table that is needed, and a second time changes nothing", async () => {
    await migrateAll();
    const made = schema();
    expect(JSON.stringify(made)).toMatch(/"users".*"sessions".*"limits"|"limits".*"sessions".*"users"/);
    await migrateAll();
    await migrateAll();
    expect(schema()).toEqual(made);
  });

  it("leaves what people have stored as it was", async () => {
    await migrateAll();
    const database = new DatabaseSync(path);
    database.exec("insert into limits (budget, hits, resets_at) values ('kept', 7, 9)");
    database.close();
    await migrateAll();
    const db = await openDatabase({ url: `sqlite:${path}` });
    expect(await db.selectFrom("limits").selectAll().execute()).toEqual([
      expect.objectContaining({ budget: "kept", hits: 7, resets_at: 9 }),
    ]);
    await db.destroy();
  });

  const all = Object.fromEntries(
    globSync("*.ts", { cwd: join(import.meta.dirname, "migrations") }).map((file) => [file.slice(0, -3), file]),
  );
  const names = Object.keys(all).toSorted((a, b) => a.localeCompare(b));

  it.each(names.slice(0, -1))("brings the accounts and sessions of a file that stands at %s along", async (last) => {
    const until = names.slice(0, names.indexOf(last) + 1);
    const modules = await Promise.all(
      until.map(async (name) => [name, (await import(`./migrations/${name}.ts`)) as typeof frontDoor] as const),
    );
    const db = await openDatabase({ url: `sqlite:${path}` });
    await new Migrator({ db, provider: { getMigrations: async () => Object.fromEntries(modules) } }).migrateToLatest();
    await db.destroy();
    const token = "b".repeat(43);
    fillFirst(token);
    const before = contentOf(["users", "sessions"]);
    const app = await testApp({ DATABASE_URL: `sqlite:${path}` });
    expect(contentOf(["users", "sessions"])).toMatchObject(before);
    const ada = app.person({ username: "ada" });
    ada.cookies.set("latchkey_session", token);
    expect((await ada.opens("/dashboard")).text).toContain("Hello, Ada");
    expect((await app.person({ username: "ada" }).logsIn()).location).toBe("/dashboard");
    await app.close();
  });

  /** An account and a session, by the columns that there were from the first. */
  function fillFirst(token: string): void {
    const far = Date.now() + 3_600_000;
    const hash = `sha256$salt$${createHmac("sha256", "salt").update("a harbour at dusk").digest("hex")}`;
    const database = new DatabaseSync(path);
    database
      .prepare(
        `insert into users (id, username, username_key, email, email_key, password_hash, password_changed_at, created_at)
         values ('1', 'Ada', 'ada', 'Ada@example.com', 'ada@example.com', ?, 0, 0)`,
      )
      .run(hash);
    database
      .prepare("insert into sessions (token_hash, user_id, remembered, created_at, last_seen_at, expires_at) values (?, '1', 0, ?, ?, ?)")
      .run(createHash("sha256").update(token).digest(), far, far, far);
    database.close();
  }

  function contentOf(tables: readonly string[]): object[] {
    const database = new DatabaseSync(path, { readOnly: true });
    const rows = tables.flatMap((table) =>
      database
        .prepare(`select * from ${table}`)
        .all()
        .map((row) => ({ ...row })),
    );
    database.close();
    return rows;
  }

  it("gives no account without its keys, and no two of one key, whatever the program does", async () => {
    await migrateAll();
    const database = new DatabaseSync(path);
    const insert = (...values: (string | null)[]) =>
      database
        .prepare(
          `insert into users (id, username, username_key, email, email_key, password_hash, password_changed_at, created_at)
           values (?, 'Ada', ?, 'Ada@example.com', ?, 'x', 0, 0)`,
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

  it("tells which migration failed and why, and leaves nothing of it behind", async () => {
    const db = await openDatabase({ url: `sqlite:${path}` });
    await db.schema.createTable("others").addColumn("of", "text").execute();
    await db.schema.createIndex("limits_resets_at").on("others").column("of").execute();
    const failed = await migrate(db).catch((error: unknown) => error);
    const { rows } = await sql`select name from sqlite_schema where type = 'table'`.execute(db);
    await db.destroy();
    expect(failed).toBeInstanceOf(SchemaError);
    expect(failed).toMatchObject({
      message: expect.stringContaining("(0001-front-door)"),
      cause: { message: expect.stringContaining("limits_resets_at") },
    });
    expect(rows).toEqual([{ name: "others" }]);
  });

  it("leaves tables of another application alone, and knows its own by a name of its own", async () => {
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

  it("gives the table of its first databases the new name", async () => {
    const db = await openDatabase({ url: `sqlite:${path}` });
    await migrate(db);
    await sql`alter table latchkey_migrations rename to kysely_migration`.execute(db);
    await sql`alter table latchkey_migrations_lock rename to kysely_migration_lock`.execute(db);
    await sql`delete from kysely_migration where name in ('0014-keyring', '0015-methods')`.execute(db);
    await sql`drop table signing_keys`.execute(db);
    await sql`create table token_keys (id text)`.execute(db);
    await sql`alter table sessions drop column methods`.execute(db);
    await sql`alter table tokens drop column payload`.execute(db);
    expect(await migrate(db)).toEqual(["0014-keyring", "0015-methods"]);
    expect((await sql`select name from sqlite_schema where name like 'kysely%'`.execute(db)).rows).toEqual([]);
    await db.destroy();
  });

  it("makes the columns that are asked for by name, and no others", async () => {
    const db = await openDatabase({ url: `sqlite:${path}` });
    await migrate(db);
    const tables = (await db.introspection.getTables()).filter(({ name }) => !name.startsWith("latchkey_"));
    await db.destroy();
    const made = tables.map((table) => [table.name, table.columns.map(({ name }) => name).sort()]);
    const listed = Object.entries(columns).map(([name, names]) => [name, [...names].sort()]);
    expect(Object.fromEntries(made)).toEqual(Object.fromEntries(listed));
  });

  it("is done once by two programs that start at once on a new file, which then share all of it", async () => {
    const urls = await Promise.all([start(), start()]);
    const [here, there] = urls.map((url) => new Person(url, { username: "ada" }, {}));
    if (!here || !there) throw new Error("Neither started.");
    await here.isLoggedIn();
    // The other one knows the account, the session and the key that signs what the browser keeps.
    for (const [name, value] of here.cookies) there.cookies.set(name, value);
    expect((await there.opens("/dashboard")).text).toContain("Hello, ada");
    await there.logsOut();
    expect((await here.opens("/dashboard")).status).toBe(303);
    expect(schema()).toHaveLength(2);
  });

  /** Starts the program on a free port in the folder; throws what it said where it ends instead. */
  function start(): Promise<string> {
    const { PATH = "" } = process.env;
    const program = spawn(process.execPath, [bin], {
      cwd: folder,
      env: { PATH, PORT: "0" },
    });
    started.push(program);
    return new Promise((done, fail) => {
      let said = "";
      for (const stream of [program.stdout, program.stderr]) {
        stream.on("data", (part: Buffer) => {
          said += part.toString();
          const port = /Latchkey is at http:\/\/localhost:(\d+)/.exec(said)?.[1];
          if (port) done(`http://127.0.0.1:${port}`);
        });
      }
      program.once("close", () => fail(new Error(`It ended: ${said}`)));
    });
  }
});

async function stop(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = new Promise((done) => program.once("close", done));
  program.kill("SIGTERM");
  await ended;
}
