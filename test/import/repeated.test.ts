/** Tests repeated imports: no user gets the account of another person. */

import { createHash, pbkdf2Sync } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hash as argon2 } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enableUser } from "../../src/core/account/admin-actions.ts";
import { actingAs } from "../../src/core/request-info.ts";
import { findUserByEmail } from "../../src/core/users/users.ts";
import { importUsers } from "../../src/migration/import-users.ts";
import type { Plan } from "../../src/migration/plan.ts";
import { type Application, findShape, usualFormat } from "../../src/migration/shapes.ts";
import { openSource } from "../../src/migration/source.ts";
import { makeDatabase, type TestDatabase } from "../database.ts";
import { type TestApp, testApp } from "../person.ts";
import { addsPhone } from "../two-factor.ts";

let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await makeDatabase();
  const limits = { LIMIT_LOGIN_PER_IP: "100000/1h" };
  app = await testApp({ DATABASE_URL: database.url, ...limits });
});
afterAll(async () => {
  await app.close();
  await database.remove();
});

/** A hash in Werkzeug's format, so weak that it is wrapped. */
function hashOf(password: string, salt = password): string {
  return `pbkdf2:sha256:1000$${salt}$${pbkdf2Sync(password, salt, 1_000, 32, "sha256").toString("hex")}`;
}

type Row = Readonly<Record<string, string | number | bigint | null | Uint8Array>>;

function person(id: number, name: string, more: Row = {}): Row {
  return { id, username: name, email: `${name}@example.com`, password: hashOf(`the password of ${name}`), ...more };
}

const by = actingAs("command line");

interface StartOptions extends Partial<Plan> {
  readonly as?: Application;
  readonly map?: Readonly<Record<string, string>>;
}

/** Imports these users from an app of this name. */
async function runImport(name: string, users: readonly Row[], { as = "flask", map = {}, ...overrides }: StartOptions = {}) {
  const path = join(database.folder, "source.sqlite");
  rmSync(path, { force: true });
  const file = new DatabaseSync(path);
  const columns = Object.keys(users[0] ?? {});
  file.exec(`create table "users" (${columns.map((column) => `"${column}"`).join(", ")})`);
  for (const user of users)
    file.prepare(`insert into "users" values (${columns.map(() => "?").join(", ")})`).run(...columns.map((column) => user[column] ?? null));
  file.close();
  const source = await openSource(`sqlite:${path}`);
  try {
    const plan = { verified: "source", closed: undefined, keepsIds: false, isDry: false, format: usualFormat[as] } as const;
    return await importUsers(app.s, source, { ...plan, name, shape: await findShape(source, as, map), ...overrides }, by, () => {});
  } finally {
    await source.close();
  }
}

function accountOf(name: string) {
  return findUserByEmail(app.s, `${name}@example.com`);
}

async function rowsOf<T extends "audit" | "sessions" | "one_time_tokens" | "outbox">(table: T, name: string) {
  const id = (await accountOf(name))?.id ?? "";
  return app.s.db
    .selectFrom(table as "audit")
    .selectAll()
    .where("user_id", "=", id)
    .execute() as Promise<Record<string, unknown>[]>;
}

/** Whether a user can log in with this password; expects that a wrong one is rejected. */
async function canLogIn(name: string, password = `the password of ${name}`): Promise<boolean> {
  const email = `${name}@example.com`;
  expect((await app.person({ email, password: `${password}!` }).logsIn()).status).toBe(401);
  const { status } = await app.person({ email, password }).logsIn();
  expect([303, 401]).toContain(status);
  return status === 303;
}

describe("repeated import", () => {
  it("account takeover by a reused ID: the new user gets a new account", async () => {
    await runImport("reused", [person(1, "ada1"), person(2, "grace1")]);
    const users = [person(1, "ada1"), person(2, "mallory1")];
    const dry = await runImport("reused", users, { isDry: true });
    expect(dry).toMatchObject({ imported: 1, updated: 0, troubles: { "another-person": { count: 1, ids: ["2"] } } });
    expect((await accountOf("grace1"))?.disabled_at).toBeNull();

    const done = await runImport("reused", users);
    expect(done).toMatchObject({ imported: 1, updated: 0, unchanged: 1, troubles: { "another-person": { count: 1, ids: ["2"] } } });
    expect(await canLogIn("grace1", "the password of mallory1")).toBe(false);
    // Deleted in the source: disabled here.
    expect((await accountOf("grace1"))?.disabled_at).not.toBeNull();
    expect((await rowsOf("audit", "grace1")).map(({ event }) => event)).toContain("account-disabled");
    expect(await canLogIn("mallory1")).toBe(true);
    expect(await canLogIn("ada1")).toBe(true);
    expect(await runImport("reused", users)).toMatchObject({ imported: 0, updated: 0, unchanged: 2, troubles: {} });
    // An old cookie with this ID may belong to either user.
    const { id } = (await accountOf("mallory1")) ?? { id: "" };
    const row = await app.s.db.selectFrom("imports").selectAll().where("user_id", "=", id).executeTakeFirstOrThrow();
    expect([row.sessions_ended_at, row.remember_spent_at]).not.toContain(null);
  });

  it("account takeover by a reused ID: the same email with another creation time is rejected", async () => {
    const created = (day: number) => ({ created_at: `2024-05-0${day} 10:11:12.131415` });
    await runImport("created", [person(1, "ada2", created(1)), person(2, "grace2", created(1))]);
    const otherUser = { ...person(2, "mallory2", created(2)), email: "grace2@example.com" };
    const done = await runImport("created", [person(1, "ada2", created(1)), otherUser]);
    expect(done).toMatchObject({ imported: 0, updated: 0, skipped: 1, troubles: { "person-not-sure": { count: 1, ids: ["2"] } } });
    expect(await canLogIn("grace2", "the password of mallory2")).toBe(false);
    expect(await canLogIn("grace2")).toBe(true);
  });

  it("account takeover by a reused ID: an unverified email is rejected", async () => {
    await runImport("unproven", [person(1, "ada3", { confirmed: 1 }), person(2, "grace3", { confirmed: 1 })]);
    const otherUser = { ...person(2, "mallory3", { confirmed: 0 }), email: "grace3@example.com" };
    const { troubles } = await runImport("unproven", [person(1, "ada3", { confirmed: 1 }), otherUser]);
    expect(troubles).toMatchObject({ "person-not-sure": { count: 1, ids: ["2"] } });
    expect(await canLogIn("grace3", "the password of mallory3")).toBe(false);
    expect(await canLogIn("grace3")).toBe(true);
  });

  it("import: a user with a new email and password is recognized by the creation time", async () => {
    const created_at = "2024-05-01 10:11:12";
    await runImport("moment", [person(1, "ada4", { created_at })]);
    const later = { ...person(1, "ada4", { created_at, password: hashOf("another one") }), email: "ada4-new@example.com" };
    expect(await runImport("moment", [later])).toMatchObject({ imported: 0, updated: 1, troubles: { "email-changed": { ids: ["1"] } } });
    expect(await canLogIn("ada4-new", "another one")).toBe(true);
  });

  it("import: a second app needs its own name", async () => {
    await runImport("first", [person(1, "ada5"), person(2, "grace5")]);
    const second = [person(1, "mallory5"), person(2, "trent5")];
    expect((await runImport("first", second, { isDry: true })).refused).toBeDefined();
    await expect(runImport("first", second)).rejects.toThrow("--application");
    expect(await accountOf("mallory5")).toBeUndefined();
    expect(await runImport("second", second)).toMatchObject({ imported: 2, troubles: {} });
    expect(await runImport("second", second)).toMatchObject({ imported: 0, unchanged: 2 });
    for (const name of ["ada5", "grace5", "mallory5", "trent5"]) expect(await canLogIn(name), name).toBe(true);
  });

  it("import: a source that lacks most users disables nobody without --closed", async () => {
    await runImport("missing", [person(1, "ada6"), person(2, "bob6"), person(3, "eve6")]);
    const { troubles } = await runImport("missing", [person(1, "ada6")]);
    expect(troubles).toEqual({ "missing-kept": { count: 2, ids: ["2", "3"] } });
    expect(await canLogIn("bob6")).toBe(true);
    expect((await runImport("missing", [person(1, "ada6")], { closed: "disable" })).troubles).toEqual({
      missing: { count: 2, ids: ["2", "3"] },
    });
    expect(await canLogIn("bob6")).toBe(false);
  });

  it("import: accounts disabled or deleted in the source are disabled, and enabled when they return", async () => {
    const on = { is_active: 1, deleted_at: null };
    const off = { is_active: 0, deleted_at: null };
    const all = [person(1, "ada7", on), person(2, "bob7", on), person(3, "grace7", on), person(4, "eve7", off), person(5, "tom7", on)];
    await runImport("shut", all);
    const later = [
      person(1, "ada7", on),
      person(2, "bob7", off),
      person(4, "eve7", on),
      person(5, "tom7", { ...on, deleted_at: "2024-05-01" }),
    ];
    const dry = await runImport("shut", later, { isDry: true });
    expect(dry.troubles["missing"]).toEqual({ count: 2, ids: ["3", "5"] });
    expect((await runImport("shut", later, { closed: "keep" })).updated).toBe(1);
    for (const name of ["bob7", "grace7", "eve7", "tom7"]) expect(await canLogIn(name), name).toBe(true);

    const done = await runImport("shut", later);
    expect(done).toMatchObject({ updated: 1, unchanged: 2, troubles: { missing: { count: 2, ids: ["3", "5"] } } });
    expect(await rowsOf("sessions", "bob7")).toEqual([]);
    for (const name of ["bob7", "grace7", "tom7"]) expect(await canLogIn(name), name).toBe(false);
    // An account that an administrator enabled stays enabled.
    await enableUser(app.s, (await accountOf("grace7"))?.id ?? "", by);
    await runImport("shut", later);
    expect(await canLogIn("grace7")).toBe(true);
    await runImport("shut", all);
    for (const name of ["bob7", "tom7"]) expect(await canLogIn(name), name).toBe(true);
    const events = (await rowsOf("audit", "bob7")).map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(["account-disabled", "account-enabled"]));
  });

  it("import: a changed email follows the rules of an email change", async () => {
    const confirmed_at = "2024-01-01 00:00:01";
    const userRow = (id: number, name: string, email: string, confirmed: string | null = confirmed_at) =>
      person(id, name, { email: `${email}@example.com`, confirmed_at: confirmed });
    await runImport("moved", [userRow(1, "ada8", "ada8"), userRow(2, "bob8", "bob8"), userRow(3, "eve8", "eve8")]);
    expect(await canLogIn("ada8")).toBe(true);
    // The second email belongs to another account.
    const changed = [userRow(1, "ada8", "ada8-new"), userRow(2, "bob8", "eve8"), userRow(3, "eve8", "eve8")];
    const dry = await runImport("moved", changed, { isDry: true });
    expect(dry).toMatchObject({ updated: 1 });
    expect(dry.troubles).toEqual({ "email-changed": { count: 1, ids: ["1"] }, "new-email-taken": { count: 1, ids: ["2"] } });
    expect(await runImport("moved", changed)).toMatchObject({ updated: 1, unchanged: 2, troubles: dry.troubles });
    expect(await accountOf("ada8-new")).toMatchObject({ username: "ada8", email_verified_at: expect.any(Number) });
    expect(await rowsOf("sessions", "ada8-new")).toEqual([]);
    expect(await rowsOf("one_time_tokens", "ada8-new")).toMatchObject([{ purpose: "revert-email", email: "ada8@example.com" }]);
    expect(await app.emails("ada8@example.com")).toHaveLength(1);
    expect(await app.emails("ada8-new@example.com")).toHaveLength(1);
    expect((await rowsOf("audit", "ada8-new")).map(({ event }) => event)).toContain("email-changed");
    expect(await canLogIn("ada8")).toBe(false);
    expect(await canLogIn("ada8-new", "the password of ada8")).toBe(true);
    expect(await canLogIn("bob8")).toBe(true);
    // An email verified here is not replaced by an unverified one.
    const unproved = [userRow(1, "ada8", "ada8-typed", null), ...changed.slice(1)];
    expect((await runImport("moved", unproved)).troubles["email-kept"]).toEqual({ count: 1, ids: ["1"] });
    expect(await accountOf("ada8-new")).toBeDefined();
  });

  it("account takeover by a mistyped email: the links in its inbox end when the source corrects it", async () => {
    const row = (email: string, confirmed_at: string | null) => person(1, "ada15", { email: `${email}@example.com`, confirmed_at });
    await runImport("mistyped", [row("stranger15", null)]);
    for (const agent of ["Home/1", "Phone/1"]) {
      const who = { email: "stranger15@example.com", password: "the password of ada15" };
      expect((await app.person(who, { "user-agent": agent }).logsIn()).status).toBe(303);
    }
    expect((await rowsOf("one_time_tokens", "stranger15")).map(({ purpose }) => purpose)).toContain("report-compromise");
    await runImport("mistyped", [row("ada15", "2024-01-01 00:00:01")]);
    expect(await accountOf("ada15")).toMatchObject({ email_verified_at: expect.any(Number) });
    expect(await rowsOf("one_time_tokens", "ada15")).toEqual([]);
  });

  it("account takeover by the source: an account in use with two-factor authentication keeps its email", {
    tags: ["asvs-6.4.4"],
  }, async () => {
    const row = (name: string, email = name) =>
      person(name.length, name, { email: `${email}@example.com`, confirmed_at: "2024-01-01 00:00:01" });
    await runImport("taken", [row("ada14"), row("bob140")]);
    const owner = app.person({ username: "ada14", email: "ada14@example.com", password: "the password of ada14" });
    expect((await owner.logsIn()).location).toBe("/dashboard");
    await addsPhone(app, owner);
    // Nobody has used it here: the source still decides.
    await app.s.db.updateTable("users").set({ two_factor_since: app.s.now() }).where("username", "=", "bob140").execute();
    const changed = [row("ada14", "thief14"), row("bob140", "bob-new")];
    for (const isDry of [true, false])
      expect((await runImport("taken", changed, { isDry })).troubles).toEqual({
        "email-kept": { count: 1, ids: ["5"] },
        "email-changed": { count: 1, ids: ["6"] },
      });
    expect(await accountOf("thief14")).toBeUndefined();
    expect(await accountOf("ada14")).toMatchObject({ username: "ada14" });
    expect(await accountOf("bob-new")).toMatchObject({ username: "bob140" });
  });

  it("import: a wrong first import is repaired by a correct one", async () => {
    const django = `pbkdf2_sha256$1000$salt$${pbkdf2Sync("the right one", "salt", 1_000, 32, "sha256").toString("base64")}`;
    // Werkzeug reads it as an HMAC, Django as a salted digest: in the wrong format, no password matches.
    const ambiguous = "sha1$abcd1234$db370b1d3c9e5d8dda8f46d2a1dcba3990612931";
    const users = [person(1, "ada9", { password: django }), person(2, "bob9", { password: ambiguous })];
    expect(await runImport("wrong", users)).toMatchObject({ imported: 2, hashes: { pbkdf2: 1 }, suggestions: { django: 1 } });
    expect(await canLogIn("ada9", "the right one")).toBe(false);
    expect(await runImport("wrong", users, { format: "django" })).toMatchObject({ updated: 2, troubles: {}, suggestions: {} });
    expect(await canLogIn("ada9", "the right one")).toBe(true);
    // Only the hash of the user who has not logged in is reverted: a working hash is kept.
    expect(await runImport("wrong", users)).toMatchObject({ updated: 1, unchanged: 1 });
    expect(await canLogIn("ada9", "the right one")).toBe(true);
    expect(await canLogIn("bob9", "correct horse")).toBe(true);
    expect(await runImport("wrong", users)).toMatchObject({ updated: 0, unchanged: 2, troubles: {} });
  });

  it("import: a wrong --format keeps passwords, and a password removed in the source is removed", async () => {
    const users = [person(1, "ada13")];
    await runImport("right", users);
    const wrong = await runImport("right", users, { format: "laravel" });
    expect(wrong).toMatchObject({ updated: 0, unchanged: 1, suggestions: { werkzeug: 1 } });
    expect(Object.keys(wrong.troubles)).toEqual(["password-kept"]);
    expect(await runImport("right", users)).toMatchObject({ updated: 0, unchanged: 1 });
    const { updated, troubles } = await runImport("right", [person(1, "ada13", { password: "" })]);
    expect([updated, Object.keys(troubles)]).toEqual([1, ["password-missing"]]);
    expect((await accountOf("ada13"))?.password_hash).toBeNull();
  });

  it("import: duplicate and missing IDs change no other account", async () => {
    const users = [
      person(1, "ada10"),
      person(1, "mallory10"),
      person(2, "trent10", { id: null }),
      person(3, "bob10", { id: 9_223_372_036_854_775_807n }),
    ];
    const done = await runImport("ids", users);
    expect(done).toMatchObject({ read: 4, imported: 2, skipped: 2 });
    expect(done.troubles).toEqual({ "id-twice": { count: 1, ids: ["1"] }, "id-missing": { count: 1, ids: [] } });
    expect(await runImport("ids", users)).toMatchObject({ unchanged: 2, skipped: 2 });
    expect(await canLogIn("ada10", "the password of mallory10")).toBe(false);
    expect(await canLogIn("ada10")).toBe(true);
    const ids = await app.s.db.selectFrom("imports").select("id").where("id", "like", "ids:%").orderBy("id").execute();
    expect(ids.map(({ id }) => id)).toEqual(["ids:1", "ids:9223372036854775807"]);
  });
});

describe("import of bcrypt", () => {
  it("Flask-Bcrypt: hashes are imported from every column type", async () => {
    const hash = await bcrypt("correct horse", 5);
    const spellings = [
      hash,
      `\\x${Buffer.from(hash).toString("hex")}`,
      `b'${hash}'`,
      `b"${hash}"`,
      `\\x${Buffer.from(`b'${hash}'`).toString("hex")}`,
      Buffer.from(hash),
    ];
    const users = spellings.map((password, i) => person(i + 1, `bcrypt${i}`, { password }));
    const dry = await runImport("bcrypt", users, { isDry: true });
    expect(dry).toMatchObject({ hashes: { bcrypt: spellings.length }, suggestions: { "flask-bcrypt": spellings.length } });
    expect(await runImport("bcrypt", users, { format: "flask-bcrypt" })).toMatchObject({ imported: spellings.length, troubles: {} });
    for (const i of spellings.keys()) expect(await canLogIn(`bcrypt${i}`, "correct horse"), String(spellings[i])).toBe(true);
  });

  it("Flask-Bcrypt: long passwords need --format flask-bcrypt-sha256, also in a later import", async () => {
    const long = "a long password ".repeat(6);
    const password = await bcrypt(createHash("sha256").update(long).digest("hex"), 5);
    const users = [person(1, "long11", { password }), person(2, "short11", { password: await bcrypt("correct horse", 5) })];
    await runImport("long", users, { format: "flask-bcrypt" });
    expect(await canLogIn("long11", long)).toBe(false);
    expect(await canLogIn("short11", "correct horse")).toBe(true);
    expect(await runImport("long", users, { format: "flask-bcrypt-sha256" })).toMatchObject({ updated: 1, unchanged: 1 });
    expect(await canLogIn("long11", long)).toBe(true);
    expect(await canLogIn("short11", "correct horse")).toBe(true);
  });

  it("Laravel: hashes, verified emails and soft deletes are imported, remember tokens are not", async () => {
    const laravel = (id: number, name: string, password: string, verified: string | null, deleted: string | null = null): Row => ({
      id,
      name: `${name} Lovelace`,
      email: `${name}@example.com`,
      email_verified_at: verified,
      password,
      remember_token: "canaryToken",
      created_at: "2023-01-02 03:04:05",
      deleted_at: deleted,
    });
    const bcrypted = (await bcrypt("correct horse", 5)).replace(/^\$2b\$/, "$2y$");
    const at = "2024-01-01 00:00:00";
    const done = await runImport(
      "laravel",
      [
        laravel(1, "proved12", bcrypted, at),
        laravel(2, "typed12", await argon2("correct horse", { memoryCost: 1_024, timeCost: 1, parallelism: 1 }), null),
        laravel(3, "gone12", bcrypted, at, at),
      ],
      { as: "laravel" },
    );
    expect(done).toMatchObject({
      imported: 2,
      skipped: 1,
      hashes: { bcrypt: 1, argon2: 1 },
      troubles: { deleted: { count: 1, ids: ["3"] } },
    });
    expect(await accountOf("proved12")).toMatchObject({
      email_verified_at: expect.any(Number),
      display_name: "proved12 Lovelace",
      created_at: Date.UTC(2023, 0, 2, 3, 4, 5),
    });
    expect(await accountOf("typed12")).toMatchObject({ email_verified_at: null });
    expect(await accountOf("gone12")).toBeUndefined();
    for (const name of ["proved12", "typed12"]) expect(await canLogIn(name, "correct horse"), name).toBe(true);
    expect(JSON.stringify(await app.s.db.selectFrom("users").selectAll().execute())).not.toContain("canaryToken");
  });

  it("import report: hashes are counted by kind and never shown", async () => {
    const odd = [
      "$6$rounds=5000$salt$abc",
      "$P$B12345678",
      "my$secret$word",
      "$wp$2y$10$abc",
      "nothing",
      "$pbkdf2-sha512$25000$c2FsdA$abc",
      "x:secret$a$b",
    ];
    const { hashes } = await runImport(
      "odd",
      odd.map((password, i) => person(i + 1, `odd${i}`, { password })),
      { isDry: true },
    );
    expect(hashes).toEqual({ "sha512-crypt": 1, phpass: 1, unknown: 3, "wordpress-bcrypt": 1, pbkdf2: 1 });
  });

  it("import: times without a zone are UTC", async () => {
    const { TZ } = process.env;
    process.env["TZ"] = "Pacific/Apia";
    try {
      expect(new Date(2024, 0, 1).getTimezoneOffset()).not.toBe(0);
      const times = [
        ["2024-05-01 10:11:12.131415", Date.UTC(2024, 4, 1, 10, 11, 12, 131)],
        ["2024-05-01T10:11:12", Date.UTC(2024, 4, 1, 10, 11, 12)],
        ["2024-05-01 10:11:12+02", Date.UTC(2024, 4, 1, 8, 11, 12)],
        ["2024-05-01 10:11:12+0530", Date.UTC(2024, 4, 1, 4, 41, 12)],
        ["2024-05-01", Date.UTC(2024, 4, 1)],
        [1_714_558_272, 1_714_558_272_000],
        [1_714_558_272_131, 1_714_558_272_131],
        [1_714_558_272_131_415n, 1_714_558_272_131],
      ] as const;
      await runImport(
        "times",
        times.map(([created_at], i) => person(i + 1, `time${i}`, { created_at })),
      );
      for (const [i, [written, at]] of times.entries()) expect([written, (await accountOf(`time${i}`))?.created_at]).toEqual([written, at]);
    } finally {
      if (TZ === undefined) delete process.env["TZ"];
      else process.env["TZ"] = TZ;
    }
  });
});
