/** Tests PostgreSQL: outages, migrations, timeouts, and copying from SQLite. */
// Runs end to end: it starts the program.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../src/db/open.ts";
import { makeDatabase, type TestDatabase } from "./database.ts";
import { freePort } from "./free-port.ts";
import { Person } from "./person.ts";
import { type PostgresServer, startPostgres, template } from "./postgres.ts";
import { type Program, runCommand, startProgram, workersOf } from "./program.ts";

let folder: string;
let database: TestDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-postgres-test-"));
  database = await makeDatabase();
});
afterEach(async () => {
  await database.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

describe("PostgreSQL outage", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  it("PostgreSQL outage: pages return 503 and recover without a restart", { tags: ["asvs-16.5.2"] }, async () => {
    const program = await startProgram(folder, { DATABASE_URL: server.url(template), DATABASE_TIMEOUT: "5s" });
    const ada = await new Person(program.url, {}, {}).isLoggedIn();
    const load = signUpUntilStopped(program);
    while (load.acknowledged.length === 0) await pause(10);
    await server.stop();
    const unavailable = await ada.opens("/dashboard");
    expect([unavailable.status, unavailable.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(unavailable.text).toContain("The service is temporarily unavailable.");
    expect(unavailable.html).not.toMatch(/ECONNREFUSED|PostgreSQL|at \S+:\d+/);
    expect((await ada.sendsJson("/login", { email: "ada@example.com", password: "x" })).json()).toMatchObject({
      error: { code: "unavailable" },
    });
    const anonymous = new Person(program.url, {}, {});
    expect((await anonymous.opens("/healthz")).status).toBe(200);
    expect((await anonymous.opens("/readyz")).status).toBe(503);
    // Pages without queries still work.
    expect((await anonymous.opens("/login")).status).toBe(200);
    // One that was under way may have waited until now.
    while (!load.statuses.includes(503)) await pause(10);
    await server.start();
    while ((await anonymous.opens("/readyz")).status !== 200) await pause(10);
    expect((await ada.opens("/dashboard")).text).toContain("Hello, ada");
    const statuses = await load.end();
    expect(new Set(statuses)).toEqual(new Set([303, 503]));
    const kept = await query<{ username: string }>(server.url(template), "select username from users");
    expect(load.acknowledged.filter((username) => !kept.some((row) => row.username === username))).toEqual([]);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  });

  it.skipIf(process.platform !== "linux")("PostgreSQL outage: workers that died during the outage are replaced afterwards", async () => {
    const env = { DATABASE_URL: server.url(template), WORKERS: "2", PORT: String(await freePort()) };
    const program = await startProgram(folder, env);
    await server.stop();
    for (const pid of workersOf(program)) process.kill(Number(pid), "SIGKILL");
    // Their replacements have failed to start, too.
    while (program.output().split("error: DATABASE_URL").length - 1 < 2) await pause(10);
    await server.start();
    const anonymous = new Person(program.url, {}, {});
    while ((await anonymous.opens("/readyz").catch(() => undefined))?.status !== 200) await pause(10);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  });

  it("PostgreSQL outage: the start fails with one line", async () => {
    await server.stop();
    const started = await startProgram(folder, { DATABASE_URL: server.url(template) }).catch((error: Error) => error);
    expect((started as Error).message).toMatch(/^error: DATABASE_URL: .*ECONNREFUSED.*\n$/);
    await server.start();
  });

  it("PostgreSQL lock: requests wait no longer than DATABASE_TIMEOUT", async () => {
    const program = await startProgram(folder, { DATABASE_URL: server.url(template), DATABASE_TIMEOUT: "5s" });
    const holder = new pg.Client({ connectionString: server.url(template) });
    await holder.connect();
    await holder.query("begin; lock table users in access exclusive mode");
    const answer = await new Person(program.url, {}, {}).sendsJson("/login", { email: "nobody@example.com", password: "x" });
    expect(answer.status).toBe(503);
    await holder.query("rollback");
    await holder.end();
    expect((await new Person(program.url, {}, {}).sendsJson("/login", { email: "nobody@example.com", password: "x" })).status).toBe(401);
    await program.stop();
  });
});

/** Signs up accounts one after another until `end` is called. */
function signUpUntilStopped({ url }: Program) {
  const acknowledged: string[] = [];
  const statuses: number[] = [];
  let isStopped = false;
  const done = (async () => {
    for (let i = 0; !isStopped; i++) {
      const { status } = await new Person(url, { username: `newcomer${i}` }, {}).signsUp();
      statuses.push(status);
      if (status === 303) acknowledged.push(`newcomer${i}`);
    }
  })();
  return {
    acknowledged,
    statuses,
    end: async () => {
      isStopped = true;
      await done;
      return statuses;
    },
  };
}

describe("PostgreSQL migrations", () => {
  let empty: string;
  beforeEach(async () => {
    empty = database.url.replace(/[^/]+$/, "not_migrated");
    await query(database.url, "create database not_migrated");
  });
  afterEach(() => query(database.url, "drop database not_migrated with (force)"));

  const all = readdirSync(resolve(import.meta.dirname, "../src/db/migrations"))
    .map((name) => name.replace(".ts", ""))
    .sort((a, b) => a.localeCompare(b))
    .join(", ");
  const tables = () =>
    query<{ name: string }>(empty, "select table_name as name from information_schema.tables where table_schema = 'public'");

  it("PostgreSQL migrations: the server does not migrate and says what to run", async () => {
    const started = await startProgram(folder, { DATABASE_URL: empty }).catch((error: Error) => error);
    expect((started as Error).message).toBe(
      `error: The database has pending migrations: ${all}. Run "latchkey migrate"; "latchkey migrate --dry-run" prints the SQL without running it.\n`,
    );
    expect(await tables()).toEqual([]);
  });

  it("migrate --dry-run: prints the SQL and changes nothing", async () => {
    const { code, output } = await runCommand(folder, ["migrate", "--dry-run"], { DATABASE_URL: empty });
    expect([code, output]).toEqual([0, expect.stringContaining('-- 0001-initial\ncreate table "users"')]);
    expect(await tables()).toEqual([]);
    const { output: json } = await runCommand(folder, ["migrate", "--dry-run", "--json"], { DATABASE_URL: empty });
    const { pending } = JSON.parse(json) as { pending: { name: string; statements: string[] }[] };
    // Running the printed SQL creates the same tables.
    for (const { statements } of pending) for (const statement of statements) await query(empty, statement);
    expect(new Set((await tables()).map(({ name }) => name))).toEqual(
      new Set([
        "audit",
        ...["audit_days", "audit_erasures", "audit_head", "audit_seals"],
        "imports",
        "rate_limits",
        "outbox",
        "passwords",
        "released_usernames",
        "submitted_forms",
        "sessions",
        "signing_keys",
        "legacy_cookies",
        "one_time_tokens",
        ...["authenticators", "recovery_codes", "removed_factors", "trusted_devices", "site_facts"],
        ...["passkeys", "passkey_users", "used_challenges"],
        ...["email_logins", "email_login_choices", "two_factor_recoveries"],
        ...["identities", "provider_logouts", "provider_proofs", "unlinked_issuers", "used_logout_tokens", "used_states"],
        "users",
        "write_probes",
      ]),
    );
  });

  it("migrate: concurrent runs migrate once", async () => {
    const both = await Promise.all([1, 2].map(() => runCommand(folder, ["migrate"], { DATABASE_URL: empty })));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(new Set(both.map(({ output }) => output))).toEqual(new Set([`Migrated: ${all}.\n`, "Nothing to migrate.\n"]));
    const program = await startProgram(folder, { DATABASE_URL: empty });
    await new Person(program.url, {}, {}).isLoggedIn();
    await program.stop();
  });

  it("migrate: a schema of a newer version is rejected", async () => {
    await query(database.url, "insert into latchkey_migrations (name, timestamp) values ('0099-tomorrow', '')");
    const started = await startProgram(folder, { DATABASE_URL: database.url }).catch((error: Error) => error);
    expect((started as Error).message).toBe(
      "error: The database was migrated by a newer version (0099-tomorrow). Run that version, or restore a backup of this one.\n",
    );
    expect((await runCommand(folder, ["migrate"], { DATABASE_URL: database.url })).code).toBe(1);
  });
});

describe("PostgreSQL backups", () => {
  it("backup and restore: name pg_dump and pg_restore for PostgreSQL", async () => {
    const made = await runCommand(folder, ["backup", "copy.sqlite"], { DATABASE_URL: database.url });
    expect(made).toEqual({ code: 1, output: expect.stringMatching(/^error: .*pg_dump .*\n$/) });
    const restored = await runCommand(folder, ["restore", "copy.sqlite", "--force"], { DATABASE_URL: database.url });
    expect(restored).toEqual({ code: 1, output: expect.stringMatching(/^error: .*pg_restore .*\n$/) });
  });
});

describe("copy to PostgreSQL", () => {
  const file = () => `sqlite:${folder}/var/latchkey.sqlite`;
  const copy = () => runCommand(folder, ["copy", "--from", file(), "--to", database.url]);

  /** Creates two users in the SQLite file; returns one with a session. */
  async function createUsersInFile(): Promise<Person> {
    const program = await startProgram(folder);
    const ada = await new Person(program.url, {}, {}).isLoggedIn();
    await new Person(program.url, { username: "grace" }, {}).signsUp();
    await program.stop();
    return ada;
  }

  it("copy: all data is copied, including sessions", async () => {
    const ada = await createUsersInFile();
    const { code, output } = await copy();
    expect(output).toMatch(
      /users +2 +[0-9a-f]{16}\npasswords +2 +[0-9a-f]{16}\nsessions +1 +[0-9a-f]{16}\n[\s\S]*Both databases have the same content\.\n$/,
    );
    expect(code).toBe(0);
    const program = await startProgram(folder, { DATABASE_URL: database.url });
    const moved = new Person(program.url, {}, {});
    for (const [name, value] of ada.cookies) moved.cookies.set(name, value);
    expect((await moved.opens("/dashboard")).text).toContain("Hello, ada");
    expect((await new Person(program.url, { username: "grace" }, {}).logsIn()).status).toBe(303);
    await program.stop();
  });

  it("copy: can be repeated after an interruption or changes", async () => {
    const ada = await createUsersInFile();
    await copy();
    // Simulates an interrupted copy: some rows are missing, others outdated.
    await query(
      database.url,
      "delete from audit; delete from users where username = 'grace'; update users set email_key = 'grace@example.com'",
    );
    const db = await openDatabase({ url: file() });
    await db.deleteFrom("sessions").execute();
    await db.destroy();
    const { code, output } = await copy();
    expect([code, output]).toEqual([0, expect.stringMatching(/users +2 .*\npasswords +2 .*\nsessions +0 /)]);
    expect(await query(database.url, "select email_key from users order by email_key")).toEqual(
      [ada.identity.email, "grace@example.com"].map((email_key) => ({ email_key })),
    );
  });

  it("copy: a target with other accounts is rejected", async () => {
    await createUsersInFile();
    const program = await startProgram(folder, { DATABASE_URL: database.url });
    await new Person(program.url, { username: "other" }, {}).signsUp();
    await program.stop();
    const { code, output } = await copy();
    expect([code, output]).toEqual([1, expect.stringContaining("The target contains accounts that the source does not have")]);
    expect(await query(database.url, "select username from users")).toEqual([{ username: "other" }]);
  });

  it("copy: a target that is in use is rejected", async () => {
    await createUsersInFile();
    const db = await openDatabase({ url: file() });
    const [row] = await db.selectFrom("users").selectAll().where("username", "=", "ada").execute();
    for (let i = 0; i < 1_100; i += 100) {
      const others = Array.from({ length: 100 }, (_, j) => `zz${String(i + j).padStart(6, "0")}`);
      const rows = others.map((id) => ({ ...row, id, username: id, username_key: id, email: id, email_key: id }));
      await db
        .insertInto("users")
        .values(rows as never)
        .execute();
    }
    await db.destroy();
    await copy();
    await query(database.url, "update users set last_login_at = 1 where username = 'ada'");
    await query(
      database.url,
      "insert into users (id, username, username_key, email, email_key, created_at) values ('zzz', 's', 's', 's', 's', 1)",
    );
    const countRows = async () =>
      query(
        database.url,
        "select (select count(*) from users) + (select count(*) from sessions) as rows, min(last_login_at) as login from users",
      );
    const before = await countRows();
    expect((await copy()).output).toContain("The target contains accounts that the source does not have");
    expect(await countRows()).toEqual(before);
  });

  it("copy: a target of a newer version is rejected", async () => {
    await createUsersInFile();
    const db = await openDatabase({ url: file() });
    await sql`insert into latchkey_migrations values ('9999-future', 'x')`.execute(db);
    await db.destroy();
    for (const { code, output } of [await copy(), await runCommand(folder, ["migrate", "--dry-run"], { DATABASE_URL: file() })]) {
      expect([code, output]).toEqual([1, expect.stringContaining("migrated by a newer version (9999-future)")]);
    }
  });

  it("copy: an invalid source or target is reported in one line", async () => {
    for (const from of ["sqlite:nowhere.sqlite", "mysql://host/database"]) {
      const { code, output } = await runCommand(folder, ["copy", "--from", from, "--to", database.url]);
      expect([code, output.split("\n").length]).toEqual([1, 2]);
    }
  });
});
