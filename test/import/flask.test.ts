/** Tests `latchkey import flask`, and logins with the imported passwords. */
// Runs end to end: it starts the program.
import { execFileSync } from "node:child_process";
import { pbkdf2Sync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { onOneEngine } from "../database.ts";
import {
  canLogIn,
  importReport,
  importTarget,
  knownPassword,
  openTargetPerTest,
  rows,
  runImport,
  runInTarget,
  sourceDatabase,
} from "./import-target.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const recorded = JSON.parse(readFileSync(join(fixtures, "flask.json"), "utf8")) as { people: [string, string, string][] };

openTargetPerTest();

describe("import flask", () => {
  const from = `sqlite:///${join(fixtures, "flask.sqlite")}`;

  it("import flask: users of a real Flask database log in with their passwords", async () => {
    expect(await importReport("flask", from, ["--dry-run"])).toMatchObject({ read: 2, imported: 2, hashes: { "pbkdf2:sha256": 2 } });
    expect(await importReport("flask", from, ["--dry-run"])).toMatchObject({ imported: 2 });
    expect(await importReport("flask", from)).toMatchObject({ read: 2, imported: 2, troubles: {} });
    for (const [, email, password] of recorded.people) expect(await canLogIn(email, password), email).toBe(true);
    // Again, with the upgraded hashes.
    for (const [, email, password] of recorded.people) expect(await canLogIn(email, password), email).toBe(true);
    expect(await importReport("flask", from)).toMatchObject({ read: 2, imported: 0, updated: 0, unchanged: 2 });
  });

  it("import flask: the fixture matches the installed Flask (skipped without Flask)", async ({ skip }) => {
    const app = process.env["BENCH_FLASK"];
    if (!app) return skip("BENCH_FLASK names no Flask application");
    execFileSync("/usr/bin/python3", [join(import.meta.dirname, "record.py"), app, importTarget().folder]);
    expect(await importReport("flask", `sqlite:///${join(importTarget().folder, "flask.sqlite")}`)).toMatchObject({
      imported: 2,
      troubles: {},
    });
    for (const [, email, password] of recorded.people) expect(await canLogIn(email, password), email).toBe(true);
  });

  it("import flask: every Werkzeug hash is imported and weak ones are wrapped", onOneEngine, async () => {
    const forms = [
      "scrypt:32768:8:1$aB3dE5gH7jK9mN1p$4dc585c9546d15b5ee9f485ecde45f7a754ab88b24939d0a88cb9a2fed7b6d22cc770925b35f5920038f9e7d602e14a314ffc687b600941328d9fa8792401999",
      "pbkdf2:sha256:260000$aB3dE5gH7jK9mN1p$1c2c7d2adc03dd57f6494c9836d8e18e98ea9d2ea760b0262cbf7523e87670aa",
      "pbkdf2:sha1:1000$aB3dE5gH7jK9mN1p$c67e7d0775806cb52eee436b5212ea6ce3b0c149",
      "sha1$abcd1234$db370b1d3c9e5d8dda8f46d2a1dcba3990612931",
      "md5$$3cb4e732631f47e6eb961f34554b7cde",
    ];
    const url = sourceDatabase("forms", {
      users: forms.map((password_hash, i) => ({ id: i + 1, name: `person${i}`, email: `person${i}@example.com`, password_hash })),
    });
    const { imported, hashes } = await importReport("flask", url);
    expect(imported).toBe(5);
    expect(hashes).toEqual({
      scrypt: 1,
      "pbkdf2:sha256": 1,
      "pbkdf2:sha1, wrapped": 1,
      "sha1, wrapped": 1,
      "md5, wrapped": 1,
    });
    const kept = JSON.stringify([await rows("users"), await rows("passwords")]);
    for (const weak of forms.slice(2).map((hash) => hash.split("$")[2] ?? "")) expect(kept).not.toContain(weak);
    for (const i of forms.keys()) expect(await canLogIn(`person${i}@example.com`, knownPassword), forms[i]).toBe(true);
    // The first login upgrades each hash.
    for (const password of await rows("passwords")) expect(password["hash"]).toMatch(/^\$argon2id\$/);
  });

  it("import flask: unusable hashes are reported and never shown", onOneEngine, async () => {
    const good = "pbkdf2:sha256:260000$aB3dE5gH7jK9mN1p$1c2c7d2adc03dd57f6494c9836d8e18e98ea9d2ea760b0262cbf7523e87670aa";
    const person = (id: number, email: string, password: string) => ({ id, username: `person${id}`, email, password });
    const url = sourceDatabase("bad", {
      user: [
        person(1, "a@example.com", good),
        person(2, "A@Example.COM", good),
        person(3, "not an email", good),
        person(4, "b@example.com", good.slice(0, -10)),
        person(5, "c@example.com", "scrypt:1:2$salt$00"),
        person(6, "d@example.com", "plain$$secret"),
        person(7, "e@example.com", ""),
        { ...person(8, "f@example.com", good), username: "a name with blanks" },
      ],
    });
    const dry = await importReport("flask", url, ["--dry-run"]);
    expect(dry).toMatchObject({ read: 8, imported: 6, skipped: 2 });
    expect(Object.fromEntries(Object.entries(dry.troubles).map(([trouble, { ids }]) => [trouble, ids]))).toEqual({
      "email-twice": ["2"],
      "email-not-valid": ["3"],
      "password-cut-off": ["4"],
      "password-not-understood": ["5"],
      "password-plain-text": ["6"],
      "password-missing": ["7"],
      "name-changed": ["8"],
    });
    const result = await runImport("flask", url);
    expect(result.code).toBe(0);
    expect(result.output).toContain("1 must reset the password: the hash was truncated by its column (4)");
    for (const secret of ["aB3dE5", "1c2c7d", "secret"]) expect(result.output).not.toContain(secret);
    const [named] = (await rows("users")).filter((user) => user["email"] === "f@example.com");
    expect(named).toMatchObject({ username: "a-name-with-blanks", display_name: "a name with blanks" });
    expect(await canLogIn("b@example.com", knownPassword)).toBe(false);
  });

  it("import flask: a changed password is imported until the user logs in", async () => {
    const hashOf = (password: string) => `pbkdf2:sha256:100000$salt$${pbkdf2Sync(password, "salt", 100_000, 32, "sha256").toString("hex")}`;
    const rowsOf = (password: string) => ({ user: [{ id: 1, username: "ada", email: "ada@example.com", password: hashOf(password) }] });
    await importReport("flask", sourceDatabase("app", rowsOf("the first one")));
    expect(await importReport("flask", sourceDatabase("app", rowsOf("the second one")))).toMatchObject({ updated: 1, imported: 0 });
    expect(await canLogIn("ada@example.com", "the second one")).toBe(true);
    expect(await importReport("flask", sourceDatabase("app", rowsOf("the third one")))).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await canLogIn("ada@example.com", "the second one")).toBe(true);
  });

  it("import flask: --map and --keep-ids are respected", async () => {
    const url = sourceDatabase("odd", {
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
    const map = ["--map", "table=members,id=member,username=nick,email=post,password=pw,verified=seen_mail,active=on,created=since"];
    const { code, output } = await runImport("flask", url);
    expect([code, output]).toEqual([
      1,
      "error: no table user, users, account, accounts, auth_user in the source; name it with --map table=NAME\n",
    ]);
    expect(await importReport("flask", url, [...map, "--keep-ids"])).toMatchObject({ imported: 2 });
    const [ada, bob] = (await rows("users")).sort((a, b) => String(a["id"]).localeCompare(String(b["id"])));
    expect(ada).toMatchObject({ id: "7", username: "ada", created_at: Date.UTC(2019, 4, 4, 3, 2, 1), disabled_at: null });
    expect(ada?.["email_verified_at"]).not.toBeNull();
    expect(bob).toMatchObject({ id: "8", email_verified_at: null });
    expect(bob?.["disabled_at"]).not.toBeNull();
    expect(await canLogIn("ada@example.com", knownPassword)).toBe(true);
    expect(await canLogIn("bob@example.com", knownPassword)).toBe(false);
  });

  it("import: an invalid source or option is rejected in one line", onOneEngine, async () => {
    for (const [url, message] of [
      ["sqlite:///nowhere.sqlite", "--from: no such file: nowhere.sqlite"],
      [`sqlite:///${join(fixtures, "flask.json")}`, "is not a SQLite database"],
      ["mysql://db/app", "--from must be a SQLite path"],
      ["postgres://127.0.0.1:1/app", "--from: "],
    ] as const) {
      const { code, output } = await runImport("flask", url);
      expect(code).toBe(1);
      expect(output).toContain(message);
      expect(output.trim().split("\n")).toHaveLength(1);
    }
    expect((await runImport("rails", "sqlite:///x")).code).toBe(2);
    expect((await runImport("flask", "sqlite:///x", ["--map", "colour=red"])).code).toBe(2);
  });

  it("import flask: a PostgreSQL source is read (skipped without PostgreSQL)", async ({ skip }) => {
    if (!importTarget().url.startsWith("postgres:")) return skip("this run is on SQLite");
    const client = new pg.Client({ connectionString: importTarget().url });
    await client.connect();
    await client.query(
      "create schema old; set search_path = old; create table \"user\" (id serial primary key, username text, email text, password bytea, is_active boolean, created_at timestamp default '2024-05-01 10:11:12.5')",
    );
    for (let i = 1; i <= 600; i++)
      await client.query('insert into "user" (username, email, password, is_active) values ($1, $2, $3, true)', [
        `person${i}`,
        `person${i}@example.com`,
        "scrypt:32768:8:1$aB3dE5gH7jK9mN1p$4dc585c9546d15b5ee9f485ecde45f7a754ab88b24939d0a88cb9a2fed7b6d22cc770925b35f5920038f9e7d602e14a314ffc687b600941328d9fa8792401999",
      ]);
    await client.end();
    expect(await importReport("flask", `${importTarget().url}?options=-csearch_path%3Dold`, [], { TZ: "Pacific/Apia" })).toMatchObject({
      read: 600,
      imported: 600,
    });
    // Times without a zone are UTC, although the command runs in another zone.
    expect(new Set((await rows("users")).map((user) => Number(user["created_at"])))).toEqual(
      new Set([Date.UTC(2024, 4, 1, 10, 11, 12, 500)]),
    );
    expect(await canLogIn("person600@example.com", knownPassword)).toBe(true);
  });

  it("import flask: a password set here is kept", async () => {
    const before = { user: [{ id: 1, username: "ada", email: "ada@example.com", password: weakHash("the old one") }] };
    await importReport("flask", sourceDatabase("app", before));
    const chosen = "a harbour at dusk";
    expect((await runInTarget(["users", "set-password", "ada"], {}, `${chosen}\n`)).code).toBe(0);
    const after = { user: [{ id: 1, username: "ada", email: "ada@example.com", password: weakHash("the newer one") }] };
    expect(await importReport("flask", sourceDatabase("app", after), ["--dry-run"])).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await importReport("flask", sourceDatabase("app", after))).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await canLogIn("ada@example.com", "the newer one")).toBe(false);
    expect(await canLogIn("ada@example.com", chosen)).toBe(true);
  });

  it("import flask: more weak hashes than HASH_QUEUE are wrapped", async () => {
    const user = Array.from({ length: 12 }, (_, i) => ({
      id: i,
      username: `person${i}`,
      email: `person${i}@example.com`,
      password: weakHash(knownPassword),
    }));
    expect(await importReport("flask", sourceDatabase("many", { user }), [], { HASH_QUEUE: "2" })).toMatchObject({ imported: 12 });
  });

  it("import flask: the dry run reports taken usernames", async () => {
    expect((await runInTarget(["users", "create", "ada", "other@example.com", "--no-password"])).code).toBe(0);
    const person = (id: number, username: string) => ({
      id,
      username,
      email: `person${id}@example.com`,
      password: weakHash(knownPassword),
    });
    const url = sourceDatabase("names", { user: [person(1, "Ada"), person(2, "bob"), person(3, "BOB")] });
    const dry = await importReport("flask", url, ["--dry-run"]);
    expect(dry.troubles).toEqual({ "name-changed": { count: 2, ids: ["1", "3"] } });
    expect((await importReport("flask", url)).troubles).toEqual(dry.troubles);
  });

  it("import flask: the dry run exits 1 if an ID belongs to another person", async () => {
    const rowOf = (id: number, name: string) => ({ id, username: name, email: `${name}@example.com`, password: weakHash(name) });
    await importReport("flask", sourceDatabase("app", { user: [rowOf(1, "ada"), rowOf(2, "grace")] }));
    const from = sourceDatabase("app", { user: [rowOf(1, "ada"), rowOf(2, "mallory")] });
    const dry = await runImport("flask", from, ["--dry-run", "--json"]);
    expect(dry.code).toBe(1);
    expect(JSON.parse(dry.output)).toMatchObject({ application: "flask", troubles: { "another-person": { count: 1, ids: ["2"] } } });
    expect((await runImport("flask", from, ["--dry-run", "--application", "shop"])).code).toBe(0);
    expect((await runImport("flask", from, ["--application", "a:b"])).code).toBe(2);
    expect((await runImport("flask", from, ["--closed", "perhaps"])).code).toBe(2);
    expect(await importReport("flask", from, ["--closed", "keep"])).toMatchObject({ imported: 1 });
    expect((await rows("users")).filter((user) => user["disabled_at"] !== null)).toEqual([]);
  });

  it("import flask: control characters of the source are not printed", onOneEngine, async () => {
    const url = sourceDatabase("steering", {
      user: [{ id: "\u001b[2J1", username: "ada", email: "none", password: "", "\u001b]0;x\u0007": 1 }],
    });
    for (const more of [[], ["--map", "password=nowhere"]])
      expect((await runImport("flask", url, more)).output).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it("import flask: a read error of the source is one line", onOneEngine, async () => {
    const url = sourceDatabase("broken", { other: [{ id: 1 }] });
    const file = new DatabaseSync(url.replace("sqlite:///", ""));
    file.exec('create view "user" as select id, email, password from other_that_is_gone');
    file.close();
    const { code, output } = await runImport("flask", url);
    expect(code).toBe(1);
    expect(output.trim().split("\n")).toEqual([expect.stringMatching(/^error: --from: .*other_that_is_gone/)]);
  });
});

function weakHash(password: string): string {
  return `pbkdf2:sha256:1000$salt$${pbkdf2Sync(password, "salt", 1_000, 32, "sha256").toString("hex")}`;
}
