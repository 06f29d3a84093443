/** A repeated import: everybody keeps their own account, whatever became of them at the other application meanwhile. */
import { pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { emailKey } from "../../src/core/users.ts";
import { getsIn, imports, report, rows, runs, source } from "./moving.ts";

/** As Werkzeug writes it, with the salt's own text, at so few rounds that it is wrapped. */
function hashOf(password: string, salt = password): string {
  return `pbkdf2:sha256:1000$${salt}$${pbkdf2Sync(password, salt, 1_000, 32, "sha256").toString("hex")}`;
}

interface Row extends Record<string, string | number | null> {
  id: number;
}

function person(id: number, name: string, more: Partial<Row> = {}): Row {
  return { id, username: name, email: `${name}@example.com`, password: hashOf(`the password of ${name}`), ...more };
}

function app(...user: Row[]): string {
  return source("app", { user });
}

async function accountOf(name: string) {
  const key = emailKey(`${name}@example.com`);
  return (await rows("users")).find((user) => user["email_key"] === key);
}

async function eventsOf(name: string): Promise<unknown[]> {
  const id = (await accountOf(name))?.["id"];
  return (await rows("audit")).filter((record) => record["user_id"] === id).map((record) => record["event"]);
}

const opens = (name: string, password = `the password of ${name}`) => getsIn(`${name}@example.com`, password);

describe("import again", () => {
  it("account takeover by a reused id: who has the id now gets an account of their own", async () => {
    await report("flask", app(person(1, "ada"), person(2, "grace")));
    const url = app(person(1, "ada"), person(2, "mallory"));
    const dry = await imports("flask", url, ["--dry-run", "--json"]);
    expect(dry.code).toBe(1);
    expect(JSON.parse(dry.said)).toMatchObject({ imported: 1, updated: 0, troubles: { "another-person": { count: 1, ids: ["2"] } } });
    expect((await accountOf("grace"))?.["disabled_at"]).toBeNull();

    const done = await report("flask", url);
    expect(done).toMatchObject({ imported: 1, updated: 0, unchanged: 1, troubles: { "another-person": { count: 1, ids: ["2"] } } });
    expect(await opens("grace", "the password of mallory")).toBe(false);
    // Deleted there: shut here.
    expect((await accountOf("grace"))?.["disabled_at"]).not.toBeNull();
    expect(await eventsOf("grace")).toContain("account-disabled");
    expect(await opens("mallory")).toBe(true);
    expect(await opens("ada")).toBe(true);
    expect(await report("flask", url)).toMatchObject({ imported: 0, updated: 0, unchanged: 2, troubles: {} });
  });

  it("account takeover by a reused id: the same email proves nothing where the moment of creation is another", async () => {
    const created = (day: number) => ({ created_at: `2024-05-0${day} 10:11:12.131415` });
    await report("flask", app(person(1, "ada", created(1)), person(2, "grace", created(1))));
    const typed = { ...person(2, "mallory", created(2)), email: "grace@example.com" };
    const done = await report("flask", app(person(1, "ada", created(1)), typed));
    expect(done).toMatchObject({ imported: 0, updated: 0, skipped: 1, troubles: { "person-not-sure": { count: 1, ids: ["2"] } } });
    expect(await opens("grace", "the password of mallory")).toBe(false);
    expect(await opens("grace")).toBe(true);
  });

  it("account takeover by a reused id: nor an email that the application calls unproven", async () => {
    await report("flask", app(person(1, "ada", { confirmed: 1 }), person(2, "grace", { confirmed: 1 })));
    const typed = { ...person(2, "mallory", { confirmed: 0 }), email: "grace@example.com" };
    expect((await report("flask", app(person(1, "ada", { confirmed: 1 }), typed))).troubles).toMatchObject({
      "person-not-sure": { count: 1, ids: ["2"] },
    });
    expect(await opens("grace", "the password of mallory")).toBe(false);
    expect(await opens("grace")).toBe(true);
  });

  it("a second application under the name of the first: refused whole; under its own name: everybody comes along", async () => {
    await report("flask", app(person(1, "ada"), person(2, "grace")));
    const second = source("second", { user: [person(1, "mallory"), person(2, "trent")] });
    expect((await imports("flask", second, ["--dry-run"])).code).toBe(1);
    const refused = await imports("flask", second);
    expect(refused.code).toBe(1);
    expect(refused.said.trim().split("\n")).toHaveLength(1);
    expect(await rows("users")).toHaveLength(2);
    expect(await report("flask", second, ["--application", "shop"])).toMatchObject({ imported: 2, troubles: {} });
    expect(await report("flask", second, ["--application", "shop"])).toMatchObject({ imported: 0, unchanged: 2 });
    for (const name of ["ada", "grace", "mallory", "trent"]) expect(await opens(name), name).toBe(true);
    expect((await imports("flask", second, ["--application", "a:b"])).code).toBe(2);
  });

  it("who was shut or deleted there is disabled here, and opened again when they are back", async () => {
    const on = { is_active: 1 };
    const off = { is_active: 0 };
    const all = [person(1, "ada", on), person(2, "bob", on), person(3, "grace", on), person(4, "eve", off)];
    await report("flask", app(...all));
    const later = [person(1, "ada", on), person(2, "bob", off), person(4, "eve", on)];
    const dry = await report("flask", app(...later), ["--dry-run"]);
    expect(dry.troubles["gone"]).toEqual({ count: 1, ids: ["3"] });
    expect((await report("flask", app(...later), ["--closed", "keep"])).updated).toBe(1);
    expect(await opens("bob")).toBe(true);
    expect(await opens("grace")).toBe(true);
    expect(await opens("eve")).toBe(true);

    const done = await report("flask", app(...later));
    expect(done).toMatchObject({ updated: 1, unchanged: 2, troubles: { gone: { count: 1, ids: ["3"] } } });
    expect((await rows("sessions")).map((each) => each["user_id"])).not.toContain((await accountOf("bob"))?.["id"]);
    expect(await opens("bob")).toBe(false);
    expect(await opens("grace")).toBe(false);
    // An operator's word stands.
    expect((await runs(["users", "enable", "grace"])).code).toBe(0);
    await report("flask", app(...later));
    expect(await opens("grace")).toBe(true);
    await report("flask", app(...all));
    expect(await opens("bob")).toBe(true);
    expect(await eventsOf("bob")).toEqual(expect.arrayContaining(["account-disabled", "account-enabled"]));
  });

  it("an email that was changed there follows by the rules of a change here", async () => {
    const proved = { confirmed_at: "2024-01-01 00:00:01" };
    await report("flask", app(person(1, "ada", proved), person(2, "bob", proved), person(3, "eve", proved)));
    expect(await opens("ada")).toBe(true);
    const moved = (id: number, name: string, email: string, confirmed: string | null) =>
      person(id, name, { email: `${email}@example.com`, confirmed_at: confirmed });
    const changed = [
      moved(1, "ada", "ada-new", proved.confirmed_at),
      // Somebody's already.
      moved(2, "bob", "eve", proved.confirmed_at),
      moved(3, "eve", "eve", proved.confirmed_at),
    ];
    const dry = await report("flask", app(...changed), ["--dry-run"]);
    expect(dry).toMatchObject({ updated: 1, troubles: { "address-taken": { count: 1, ids: ["2"] } } });
    const done = await report("flask", app(...changed));
    expect(done).toMatchObject({ updated: 1, unchanged: 2, troubles: dry.troubles });
    const ada = await accountOf("ada-new");
    expect(ada).toMatchObject({ username: "ada" });
    expect(ada?.["email_confirmed_at"]).not.toBeNull();
    expect((await rows("sessions")).filter((each) => each["user_id"] === ada?.["id"])).toEqual([]);
    expect((await rows("tokens")).filter((each) => each["user_id"] === ada?.["id"])).toMatchObject([
      { purpose: "undo-email", email: "ada@example.com" },
    ]);
    expect((await rows("outbox")).filter((each) => each["user_id"] === ada?.["id"])).toHaveLength(2);
    expect(await eventsOf("ada-new")).toContain("email-changed");
    expect(await opens("ada")).toBe(false);
    expect(await opens("ada-new", "the password of ada")).toBe(true);
    expect(await opens("bob")).toBe(true);
    // In use here, and not proved there: it stays.
    const unproved = [moved(1, "ada", "ada-typed", null), ...changed.slice(1)];
    expect((await report("flask", app(...unproved))).troubles["address-kept"]).toEqual({ count: 1, ids: ["1"] });
    expect(await accountOf("ada-new")).toBeDefined();
  });

  it("a wrong first import is repaired by the right one", async () => {
    const django = `pbkdf2_sha256$1000$salt$${pbkdf2Sync("the right one", "salt", 1_000, 32, "sha256").toString("base64")}`;
    // In Werkzeug's words an HMAC, in Django's a digest of both: it is understood, and fits nothing.
    const ambiguous = "sha1$abcd1234$db370b1d3c9e5d8dda8f46d2a1dcba3990612931";
    const url = app(person(1, "ada", { password: django }), person(2, "bob", { password: ambiguous }));
    expect(await report("flask", url, ["--format", "django", "--application", "x", "--dry-run"])).toMatchObject({ suggestions: {} });
    expect(await report("flask", url)).toMatchObject({ imported: 2, hashes: { pbkdf2: 1 }, suggestions: { django: 1 } });
    expect(await opens("ada", "the right one")).toBe(false);
    expect(await report("flask", url, ["--format", "django"])).toMatchObject({ updated: 2, troubles: {} });
    expect(await opens("ada", "the right one")).toBe(true);
    // Back, for the one who has not logged in; what works is not replaced by what does not.
    expect(await report("flask", url)).toMatchObject({ updated: 1, unchanged: 1 });
    expect(await opens("ada", "the right one")).toBe(true);
    expect(await opens("bob", "correct horse")).toBe(true);
    expect(await report("flask", url)).toMatchObject({ updated: 0, unchanged: 2, troubles: {} });
  });

  it("an id that stands twice, or nowhere, reaches nobody else's account", async () => {
    const url = source("ids", {
      user: [
        person(1, "ada"),
        person(1, "mallory"),
        { ...person(2, "trent"), id: null } as unknown as Row,
        { ...person(3, "bob"), id: "9223372036854775807" } as unknown as Row,
      ],
    });
    const done = await report("flask", url);
    expect(done).toMatchObject({ read: 4, imported: 2, skipped: 2 });
    expect(done.troubles).toEqual({ "id-twice": { count: 1, ids: ["1"] }, "id-missing": { count: 1, ids: [] } });
    expect(await report("flask", url)).toMatchObject({ unchanged: 2, skipped: 2 });
    expect(await opens("ada", "the password of mallory")).toBe(false);
    expect(await opens("ada")).toBe(true);
  });
});
