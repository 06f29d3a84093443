/** Tests starts on unsuitable PostgreSQL databases, and PgBouncer. */
// Runs end to end: it starts the program.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../../src/config/load.ts";
import { listUsers } from "../../src/core/users/directory.ts";
import type { Database } from "../../src/db/database.ts";
import { DatabaseUnavailableError } from "../../src/db/errors.ts";
import { migrate, migrateAtStart, SchemaError } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/db/open.ts";
import { diagnose } from "../../src/doctor/doctor.ts";
import { makeDatabase, type TestDatabase } from "../database.ts";
import { freePort } from "../free-port.ts";
import { secretKey, testApp } from "../person.ts";
import { runCommand } from "../program.ts";

let database: TestDatabase;
let empty: string;
beforeEach(async () => {
  database = await makeDatabase();
  const name = `${new URL(database.url).pathname.slice(1)}_empty`;
  empty = database.url.replace(/[^/]+$/, name);
  await query(`create database ${name}`);
});
afterEach(async () => {
  await query(`drop database ${new URL(empty).pathname.slice(1)} with (force)`);
  await database.remove();
});

async function query(text: string, url = database.url): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

async function open<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openDatabase({ url });
  return work(db).finally(() => db.destroy());
}

/** Returns the errors of a migration and of a start. */
async function startErrors(url: string): Promise<(DatabaseUnavailableError | SchemaError)[]> {
  const works: ((db: Database) => Promise<unknown>)[] = [migrate, (db) => migrateAtStart(db, url, 0)];
  const errors = [];
  for (const work of works) errors.push(await open(url, work).catch((error: unknown) => error));
  return errors as (DatabaseUnavailableError | SchemaError)[];
}

function lineOf(error: DatabaseUnavailableError | SchemaError): string {
  return error instanceof DatabaseUnavailableError ? error.reason : error.message;
}

describe("shared database", () => {
  it("shared database: only latchkey_migrations in the current schema is recognized", async () => {
    await query(
      `create schema other; create table other.kysely_migration (name text, timestamp text); create table other.users (id int);
       create table other.latchkey_migrations (name text, timestamp text);
       create table kysely_migration (name text, timestamp text); insert into kysely_migration values ('2024_01_orders', '')`,
      empty,
    );
    await open(empty, migrate);
    await open(empty, (db) => migrateAtStart(db, empty, 0));
    expect(await open(empty, migrate)).toEqual([]);
  });

  it("shared database: conflicting tables are rejected and a separate schema works", async () => {
    await query("create table users (id int); create schema ours", empty);
    for (const error of await startErrors(empty)) {
      expect(error).toBeInstanceOf(SchemaError);
      expect(lineOf(error)).toContain("users");
    }
    const own = `${empty}?options=-c%20search_path%3Dours`;
    await open(own, migrate);
    await open(own, (db) => migrateAtStart(db, own, 0));
    const nowhere = `${empty}?options=-c%20search_path%3Dnowhere`;
    for (const error of await startErrors(nowhere)) expect(error).toBeInstanceOf(SchemaError);
    const { code, output } = await runCommand(database.folder, ["migrate"], { DATABASE_URL: empty });
    expect([code, output.split("\n").length]).toEqual([1, 2]);
  });
});

describe("user search without pg_trgm", () => {
  it("user search: a role without the right to create pg_trgm finds beginnings, and parts after the steps of admin.md", async () => {
    const role = `plain_${Date.now()}`;
    await query(`create role ${role} login password 'plain'`);
    const url = empty.replace(/\/\/[^@]+@/, `//${role}:plain@`);
    try {
      await query(`grant usage, create on schema public to ${role}`, empty);
      await open(url, migrate);
      const app = await testApp({ DATABASE_URL: url });
      await app.person({ username: "adalbert" }).signsUp();
      const find = async (search: string) => (await listUsers(app.s, { search })).total;
      expect([await find("ad"), await find("adalb"), await find("adalbert@ex"), await find("dalbe")]).toEqual([1, 1, 1, 0]);
      const [index = ""] = /create index concurrently users_search[\s\S]*?;/.exec(readFileSync("docs/admin.md", "utf8")) ?? [];
      await query("create extension pg_trgm", empty);
      await query(index, url);
      expect(await find("dalbe")).toBe(1);
      await app.close();
    } finally {
      await query(`drop owned by ${role} cascade`, empty);
      await query(`drop role ${role}`);
    }
  });
});

describe("start with PostgreSQL", () => {
  it("start: a connection error is one line with the setting and without the password", async () => {
    const role = `weak_${Date.now()}`;
    await query(`create role ${role} login password 'a secret password'`);
    const as = (user: string, password: string) => empty.replace(/\/\/[^@]+@/, `//${user}:${encodeURIComponent(password)}@`);
    const website = createServer().listen(0, "127.0.0.1");
    await once(website, "listening");
    const { port: web } = website.address() as AddressInfo;
    const cases: [string, RegExp][] = [
      [as(role, "a secret password"), /permission denied .*\. Use the role/],
      [as(role, "a wrong secret"), /password.*DATABASE_URL/],
      [empty.replace(/[^/]+$/, "no_such_database"), /no_such_database.*DATABASE_URL/],
      [`${empty}?sslmode=verify-full&sslrootcert=/nowhere/root.pem`, /nowhere.*sslrootcert/],
      [`${empty}?sslmode=require`, /SSL.*sslmode/],
      [empty.replace(/@[^/]+/, "@no-such-host.invalid"), /no-such-host.*DATABASE_URL/],
      [
        empty.replace(/@[^/]+/, `@127.0.0.1:${await freePort()}`),
        /ECONNREFUSED.*No server is listening there: start it, or .*DATABASE_URL/,
      ],
      ["postgres:///db?host=/nowhere", /ENOENT.*No server is listening there/],
      ...["", "?sslmode=require"].map((end): [string, RegExp] => [
        `${empty.replace(/@[^/]+/, `@127.0.0.1:${web}`)}${end}`,
        /The server there is not PostgreSQL.*DATABASE_URL/,
      ]),
      [empty.replace(/@([^/]+)/, "@127.0.0.1:1,$1").replace(/[^/]+$/, "no_such_database"), /127\.0\.0\.1:1: .*; 127.*no_such_database/],
    ];
    try {
      for (const [url, line] of cases) {
        const [failed] = await startErrors(url);
        expect(failed, url).toBeInstanceOf(DatabaseUnavailableError);
        expect(lineOf(failed as SchemaError)).toMatch(line);
        expect(lineOf(failed as SchemaError)).not.toMatch(/\n|secret/);
      }
      const { code, output } = await runCommand(database.folder, ["migrate"], { DATABASE_URL: cases[3]?.[0] ?? "" });
      expect([code, output]).toEqual([1, expect.stringMatching(/^error: DATABASE_URL: .*\n$/)]);
    } finally {
      website.close();
      await query(`drop role ${role}`);
    }
  });
});

const hasPooler = (() => {
  try {
    execFileSync("pgbouncer", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.error("pgbouncer is not installed: its tests are skipped.");
    return false;
  }
})();

describe.skipIf(!hasPooler)("PgBouncer in transaction mode (skipped without PgBouncer)", () => {
  let folder: string;
  let port: number;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-pgbouncer-"));
    chmodSync(folder, 0o777);
    port = await freePort();
    const server = new URL(process.env["TEST_POSTGRES"] ?? "");
    writeFileSync(
      join(folder, "pgbouncer.ini"),
      `[databases]\n* = host=${server.hostname} port=${server.port} user=latchkey password='for tests'\n[pgbouncer]\nlisten_addr = 127.0.0.1
listen_port = ${port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 4\nserver_round_robin = 1\n`,
    );
    const child = spawn("pgbouncer", [join(folder, "pgbouncer.ini")], {
      stdio: "ignore",
      ...(process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
    });
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    stop = () => {
      child.kill("SIGKILL");
      return ended;
    };
    while (
      !(await query("select 1", `postgres://latchkey@127.0.0.1:${port}/postgres`).then(
        () => true,
        () => false,
      ))
    )
      await new Promise((done) => setTimeout(done, 20));
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const through = (url: string) => url.replace(/@[^/]+/, `@127.0.0.1:${port}`);
  const pooled = { DATABASE_POOLER: "transaction" };

  it("PgBouncer: works with DATABASE_POOLER, which is named if missing", async () => {
    const url = through(database.url);
    const app = await testApp({ DATABASE_URL: url, ...pooled, DATABASE_CONNECTIONS: "8" });
    const ada = await app.person().isLoggedIn();
    const pages = await Promise.all(Array.from({ length: 20 }, () => ada.opens("/dashboard")));
    expect(pages.filter(({ status }) => status !== 200)).toEqual([]);
    expect((await ada.opens("/readyz")).status).toBe(200);
    await app.close();
    const failed: unknown = await testApp({ DATABASE_URL: url }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DatabaseUnavailableError);
    expect((failed as DatabaseUnavailableError).hint).toContain("DATABASE_POOLER");
  });

  it("PgBouncer: the doctor has no finding", async () => {
    const settings = readSettings({ DATABASE_URL: through(database.url), SECRET_KEY: secretKey, ...pooled });
    const findings = await diagnose(settings, Date.now);
    expect(findings.filter(({ setting }) => setting.startsWith("DATABASE"))).toEqual([]);
    const without = await diagnose({ ...settings, databasePooler: "none" }, Date.now);
    expect(without.find(({ setting }) => setting === "DATABASE_URL")?.fix).toContain("DATABASE_POOLER");
  });

  it("PgBouncer: migrate and copy work repeatedly", async () => {
    const url = through(empty);
    const file = `sqlite:${database.folder}/var/latchkey.sqlite`;
    await open(file, async (db) => {
      await migrate(db);
      await sql`insert into users (id, username, username_key, email, email_key, created_at)
        values ('1', 'ada', 'ada', 'a', 'a', 1)`.execute(db);
    });
    for (const words of [["migrate"], ["migrate"], ["copy", "--from", file, "--to", url], ["copy", "--from", file, "--to", url]]) {
      const { code, output } = await runCommand(database.folder, words, { DATABASE_URL: url });
      expect([code, output], words.join(" ")).toEqual([0, expect.not.stringContaining("error: ")]);
    }
  });
});
