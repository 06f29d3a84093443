/** Moving in from another application: by the command, from real databases, until people log in with the passwords that they had. */

import { execFileSync } from "node:child_process";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hash as argon2 } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../database.ts";
import { Person } from "../person.ts";
import { type Program, runCommand, startProgram } from "../program.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const recorded = JSON.parse(readFileSync(join(fixtures, "flask.json"), "utf8")) as { people: [string, string, string][] };
const horse = "correct horse";

let database: TestDatabase;
let program: Program | undefined;
beforeEach(async () => {
  database = await makeDatabase();
});
afterEach(async () => {
  await program?.stop();
  program = undefined;
  await database.remove();
});

interface Report {
  readonly read: number;
  readonly imported: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly hashes: Readonly<Record<string, number>>;
  readonly troubles: Readonly<Record<string, { count: number; ids: string[] }>>;
}

async function imports(application: string, from: string, more: readonly string[] = [], env: Record<string, string> = {}) {
  const { code, said } = await runCommand(database.folder, ["import", application, "--from", from, ...more], {
    DATABASE_URL: database.url,
    ...env,
  });
  return { code, said };
}

async function report(...given: Parameters<typeof imports>): Promise<Report> {
  const [application, from, more = [], env = {}] = given;
  const { code, said } = await imports(application, from, [...more, "--json"], env);
  expect(said.slice(0, 500)).toMatch(/^\{/);
  expect(code).toBe(0);
  return JSON.parse(said) as Report;
}

/** A database of another application, with this table and these rows. */
function source(name: string, tables: Readonly<Record<string, readonly Record<string, string | number | null>[]>>): string {
  const path = join(database.folder, `${name}.sqlite`);
  const file = new DatabaseSync(path);
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0] ?? {});
    file.exec(`drop table if exists "${table}"; create table "${table}" (${columns.map((column) => `"${column}"`).join(", ")})`);
    for (const row of rows)
      file
        .prepare(`insert into "${table}" values (${columns.map(() => "?").join(", ")})`)
        .run(...columns.map((column) => row[column] ?? null));
  }
  file.close();
  return `sqlite:///${path}`;
}

async function serves(env: Record<string, string> = {}): Promise<string> {
  program ??= await startProgram(database.folder, { DATABASE_URL: database.url, ...env });
  return program.url;
}

/** Whether somebody gets in with this password; and with another one, which nobody must. */
async function getsIn(email: string, password: string, env: Record<string, string> = {}): Promise<boolean> {
  const url = await serves(env);
  const wrong = await new Person(url, { email, password: `${password}!` }, {}).logsIn();
  expect(wrong.status).toBe(401);
  const { status } = await new Person(url, { email, password }, {}).logsIn();
  return status === 303;
}

describe("import flask", () => {
  const from = `sqlite:///${join(fixtures, "flask.sqlite")}`;

  it("takes the database of a real Flask application: everybody logs in with the password that they had", async () => {
    expect(await report("flask", from, ["--dry-run"])).toMatchObject({ read: 2, imported: 2, hashes: { "pbkdf2:sha256": 2 } });
    expect(await report("flask", from, ["--dry-run"])).toMatchObject({ imported: 2 });
    expect(await report("flask", from)).toMatchObject({ read: 2, imported: 2, troubles: {} });
    for (const [, email, password] of recorded.people) expect(await getsIn(email, password), email).toBe(true);
    // Once more, now that they have logged in and have hashes of ours.
    for (const [, email, password] of recorded.people) expect(await getsIn(email, password), email).toBe(true);
    expect(await report("flask", from)).toMatchObject({ read: 2, imported: 0, updated: 0, unchanged: 2 });
  });

  it("records the fixture anew where Flask is installed (skipped where it is not)", async ({ skip }) => {
    const app = process.env["BENCH_FLASK"];
    if (!app) return skip("BENCH_FLASK names no Flask application");
    execFileSync("/usr/bin/python3", [join(import.meta.dirname, "record.py"), app, database.folder]);
    expect(await report("flask", `sqlite:///${join(database.folder, "flask.sqlite")}`)).toMatchObject({ imported: 2, troubles: {} });
    for (const [, email, password] of recorded.people) expect(await getsIn(email, password), email).toBe(true);
  });

  it("takes every form that Werkzeug wrote, and wraps the weak ones at once", async () => {
    const forms = [
      "scrypt:32768:8:1$aB3dE5gH7jK9mN1p$4dc585c9546d15b5ee9f485ecde45f7a754ab88b24939d0a88cb9a2fed7b6d22cc770925b35f5920038f9e7d602e14a314ffc687b600941328d9fa8792401999",
      "pbkdf2:sha256:260000$aB3dE5gH7jK9mN1p$1c2c7d2adc03dd57f6494c9836d8e18e98ea9d2ea760b0262cbf7523e87670aa",
      "pbkdf2:sha1:1000$aB3dE5gH7jK9mN1p$c67e7d0775806cb52eee436b5212ea6ce3b0c149",
      "sha1$abcd1234$db370b1d3c9e5d8dda8f46d2a1dcba3990612931",
      "md5$$3cb4e732631f47e6eb961f34554b7cde",
    ];
    const url = source("forms", {
      users: forms.map((password_hash, i) => ({ id: i + 1, name: `person${i}`, email: `person${i}@example.com`, password_hash })),
    });
    const { imported, hashes } = await report("flask", url);
    expect(imported).toBe(5);
    expect(hashes).toEqual({
      scrypt: 1,
      "pbkdf2:sha256": 1,
      "pbkdf2:sha1, wrapped": 1,
      "sha1, wrapped": 1,
      "md5, wrapped": 1,
    });
    const kept = await rows("users");
    for (const weak of ["c67e7d07", "db370b1d", "3cb4e732"]) expect(JSON.stringify(kept)).not.toContain(weak);
    for (const i of forms.keys()) expect(await getsIn(`person${i}@example.com`, horse), forms[i]).toBe(true);
    // From the first login on they are ours.
    for (const user of await rows("users")) expect(user["password_hash"]).toMatch(/^\$argon2id\$/);
  });

  it("says what it cannot take, and why, without a single hash", async () => {
    const good = "pbkdf2:sha256:260000$aB3dE5gH7jK9mN1p$1c2c7d2adc03dd57f6494c9836d8e18e98ea9d2ea760b0262cbf7523e87670aa";
    const person = (id: number, email: string, password: string) => ({ id, username: `person${id}`, email, password });
    const url = source("bad", {
      user: [
        person(1, "a@example.com", good),
        person(2, "A@Example.COM", good),
        person(3, "no address", good),
        person(4, "b@example.com", good.slice(0, -10)),
        person(5, "c@example.com", "scrypt:1:2$salt$00"),
        person(6, "d@example.com", "plain$$secret"),
        person(7, "e@example.com", ""),
        { ...person(8, "f@example.com", good), username: "a name with blanks" },
      ],
    });
    const dry = await report("flask", url, ["--dry-run"]);
    expect(dry).toMatchObject({ read: 8, imported: 6, skipped: 2 });
    expect(Object.fromEntries(Object.entries(dry.troubles).map(([trouble, { ids }]) => [trouble, ids]))).toEqual({
      "address-twice": ["2"],
      "address-not-valid": ["3"],
      "password-cut-off": ["4"],
      "password-not-understood": ["5"],
      "password-plain-text": ["6"],
      "password-missing": ["7"],
      "name-changed": ["8"],
    });
    const words = await imports("flask", url);
    expect(words.code).toBe(0);
    expect(words.said).toContain("1 need a new password: the hash was cut off by its column (4)");
    for (const secret of ["aB3dE5", "1c2c7d", "secret"]) expect(words.said).not.toContain(secret);
    const [named] = (await rows("users")).filter((user) => user["email"] === "f@example.com");
    expect(named).toMatchObject({ username: "a-name-with-blanks", display_name: "a name with blanks" });
    expect(await getsIn("b@example.com", horse)).toBe(false);
  });

  it("takes over a password that was changed there, until its owner has logged in here", async () => {
    const hashOf = (password: string) => `pbkdf2:sha256:100000$salt$${pbkdf2Sync(password, "salt", 100_000, 32, "sha256").toString("hex")}`;
    const rowsOf = (password: string) => ({ user: [{ id: 1, username: "ada", email: "ada@example.com", password: hashOf(password) }] });
    await report("flask", source("app", rowsOf("the first one")));
    expect(await report("flask", source("app", rowsOf("the second one")))).toMatchObject({ updated: 1, imported: 0 });
    expect(await getsIn("ada@example.com", "the second one")).toBe(true);
    expect(await report("flask", source("app", rowsOf("the third one")))).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await getsIn("ada@example.com", "the second one")).toBe(true);
  });

  it("takes tables and columns by name, ids with them, and what an account was", async () => {
    const url = source("odd", {
      members: [
        {
          member: 7,
          nick: "ada",
          post: "ada@example.com",
          pw: "md5$$3cb4e732631f47e6eb961f34554b7cde",
          seen_mail: 1,
          on: 1,
          since: "2019-05-04 03:02:01",
        },
        { member: 8, nick: "bob", post: "bob@example.com", pw: "md5$$3cb4e732631f47e6eb961f34554b7cde", seen_mail: 0, on: 0, since: null },
      ],
    });
    const map = ["--map", "table=members,id=member,username=nick,email=post,password=pw,confirmed=seen_mail,active=on,created=since"];
    const { code, said } = await imports("flask", url);
    expect([code, said]).toEqual([
      1,
      "latchkey: There is no table user, users, account, accounts, auth_user in it: name it with --map table=NAME.\n",
    ]);
    expect(await report("flask", url, [...map, "--keep-ids"])).toMatchObject({ imported: 2 });
    const [ada, bob] = (await rows("users")).sort((a, b) => String(a["id"]).localeCompare(String(b["id"])));
    expect(ada).toMatchObject({ id: "7", username: "ada", created_at: Date.UTC(2019, 4, 4, 3, 2, 1), disabled_at: null });
    expect(ada?.["email_confirmed_at"]).not.toBeNull();
    expect(bob).toMatchObject({ id: "8", email_confirmed_at: null });
    expect(bob?.["disabled_at"]).not.toBeNull();
    expect(await getsIn("ada@example.com", horse)).toBe(true);
    expect(await getsIn("bob@example.com", horse)).toBe(false);
  });

  it("refuses what is no database, and words that it does not know, in one line", async () => {
    for (const [url, words] of [
      ["sqlite:///nowhere.sqlite", "--from: there is no file nowhere.sqlite."],
      [`sqlite:///${join(fixtures, "flask.json")}`, "is no SQLite database."],
      ["mysql://db/app", "--from must be sqlite:/// and the path of a file"],
      ["postgres://127.0.0.1:1/app", "--from: "],
    ] as const) {
      const { code, said } = await imports("flask", url);
      expect(code).toBe(1);
      expect(said).toContain(words);
      expect(said.trim().split("\n")).toHaveLength(1);
    }
    expect((await imports("rails", "sqlite:///x")).code).toBe(2);
    expect((await imports("flask", "sqlite:///x", ["--map", "colour=red"])).code).toBe(2);
  });

  it("reads a source on PostgreSQL (skipped where the tests have none)", async ({ skip }) => {
    if (!database.url.startsWith("postgres:")) return skip("this run is on SQLite");
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      'create schema old; set search_path = old; create table "user" (id serial primary key, username text, email text, password text, is_active boolean)',
    );
    for (let i = 1; i <= 600; i++)
      await client.query('insert into "user" (username, email, password, is_active) values ($1, $2, $3, true)', [
        `person${i}`,
        `person${i}@example.com`,
        "scrypt:32768:8:1$aB3dE5gH7jK9mN1p$4dc585c9546d15b5ee9f485ecde45f7a754ab88b24939d0a88cb9a2fed7b6d22cc770925b35f5920038f9e7d602e14a314ffc687b600941328d9fa8792401999",
      ]);
    await client.end();
    expect(await report("flask", `${database.url}?options=-csearch_path%3Dold`)).toMatchObject({ read: 600, imported: 600 });
    expect(await getsIn("person600@example.com", horse)).toBe(true);
  });
});

describe("other formats", () => {
  it("are Django's", async () => {
    const md5 = createHash("md5").update(`salt${horse}`).digest("hex");
    const forms = [
      "pbkdf2_sha256$1000000$eIOPNTxn6gdVpJBym78nKr$ts/jT0jQK9kcoNZI/w1fjJeJINIKM2Gceg7LYGtW/2w=",
      "scrypt$16384$xP5Rl2JmizvTjfCBDEnz25$8$5$E2S8lBP5buosnYXR7UIpg2ktHRh9dTfG5yaFYh1wxSkm2dLybkqVDxnPag/meD7gGE9nb5ngd5U9Vw6mX0rQQg==",
      "argon2$argon2id$v=19$m=102400,t=2,p=8$eklDUm1xR2dqcUlrT3JtZkFXSTl0bw$GbHVuktH1cW+a7FQWOvx+G9NFqsE91xPeCKQ+qT2iTI",
      "bcrypt_sha256$$2b$12$.f3SKmQPqv0XB3djfMZcD.40.RWLZcapNSLm62pbC2lh8Df579x7m",
      "bcrypt$$2b$12$5a.4uq5ZVWzYLYpI8dDZXeOxQHKFUXSLhTeebXMCBVI/cbGoC8nIy",
      `md5$salt$${md5}`,
      createHash("md5").update(horse).digest("hex"),
    ];
    const url = source("django", {
      auth_user: forms.map((password, i) => ({ id: i, username: `person${i}`, email: `person${i}@example.com`, password, is_active: 1 })),
    });
    expect(await report("flask", url, ["--format", "django"])).toMatchObject({ imported: forms.length, troubles: {} });
    for (const i of forms.keys()) expect(await getsIn(`person${i}@example.com`, horse), forms[i]).toBe(true);
  });

  it("are Flask-Security's, which takes the HMAC of every password first", async () => {
    const pepper = "146585145368132386173505678016728509634";
    const made = createHmac("sha512", pepper).update(horse).digest("base64");
    const ab64 = (bytes: Buffer) => bytes.toString("base64").replaceAll("+", ".").replaceAll("=", "");
    const salt = Buffer.from("0011223344556677fafbfcfd", "hex");
    const forms = [
      await argon2(made, { memoryCost: 8_192, timeCost: 1, parallelism: 1 }),
      await bcrypt(Buffer.from(made).subarray(0, 72), 5),
      `$pbkdf2-sha512$25000$${ab64(salt)}$${ab64(pbkdf2Sync(made, salt, 25_000, 64, "sha512"))}`,
      `$pbkdf2-sha256$120000$${ab64(salt)}$${ab64(pbkdf2Sync(made, salt, 120_000, 32, "sha256"))}`,
    ];
    const url = source("security", {
      user: [
        ...forms.map((password, i) => ({
          id: i,
          username: `person${i}`,
          email: `person${i}@example.com`,
          password,
          active: 1,
          confirmed_at: null,
        })),
        { id: 9, username: "crypt", email: "crypt@example.com", password: "$6$rounds=5000$salt$abc", active: 1, confirmed_at: null },
      ],
    });
    const env = { IMPORTED_PEPPER: pepper };
    expect(await report("flask", url, ["--format", "flask-security"], env)).toMatchObject({
      imported: 5,
      troubles: { "password-not-understood": { count: 1, ids: ["9"] } },
    });
    for (const i of forms.keys()) expect(await getsIn(`person${i}@example.com`, horse, env), forms[i]).toBe(true);
    expect(program?.said()).not.toContain(pepper);
  });
});

describe("import better-auth and devise", () => {
  it("takes better-auth's accounts with a password of their own, and leaves the others to a reset", async () => {
    const hash =
      "00112233445566778899aabbccddeeff:13af89ff6a88bb0fb3277e79ba724c6c0731b15919ca892969d63abd1534b867d110179e3bc8af39995ede0f9b2ac14b2b97573df10ba3802c498dbeb61e4f64";
    const url = source("better", {
      user: [
        { id: "u1", name: "Ada Lovelace", email: "ada@example.com", emailVerified: 1, createdAt: 1_700_000_000_000 },
        { id: "u2", name: "Bob", email: "bob@example.com", emailVerified: 0, createdAt: 1_700_000_000_000 },
      ],
      account: [
        { id: "a1", userId: "u1", providerId: "credential", password: hash },
        { id: "a2", userId: "u2", providerId: "github", password: null },
      ],
    });
    expect(await report("better-auth", url)).toMatchObject({ imported: 2, troubles: { "password-missing": { count: 1, ids: ["u2"] } } });
    expect(await getsIn("ada@example.com", horse)).toBe(true);
    expect(await getsIn("bob@example.com", horse)).toBe(false);
    expect((await rows("users")).find((user) => user["email"] === "ada@example.com")).toMatchObject({
      display_name: "Ada Lovelace",
      created_at: 1_700_000_000_000,
    });
  });

  it("takes Devise's bcrypt, with its pepper and without", async () => {
    const url = source("devise", {
      users: [
        {
          id: 1,
          email: "ada@example.com",
          encrypted_password: await bcrypt(`${horse}the pepper`, 5),
          confirmed_at: "2020-01-01 00:00:00",
        },
      ],
    });
    const env = { IMPORTED_PEPPER: "the pepper" };
    expect(await report("devise", url, [], env)).toMatchObject({ imported: 1, hashes: { bcrypt: 1 } });
    expect(await getsIn("ada@example.com", horse, env)).toBe(true);
  });
});

async function rows(table: string): Promise<Record<string, unknown>[]> {
  const { sql } = await import("kysely");
  const { openDatabase } = await import("../../src/db/open.ts");
  const db = await openDatabase({ url: database.url });
  try {
    return (await sql<Record<string, unknown>>`select * from ${sql.id(table)}`.execute(db)).rows;
  } finally {
    await db.destroy();
  }
}
