import { CompiledQuery, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine } from "../../../test/database.ts";
import { type TestApp, testApp } from "../../../test/person.ts";
import { eraseByAdmin } from "../account/admin-actions.ts";
import { actingAs } from "../request-info.ts";
import { listUsers } from "./directory.ts";
import { isLastAdmin, listRoles } from "./roles.ts";
import type { UserQuery } from "./user.ts";
import { displayNameColumns } from "./users.ts";

interface Made {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  readonly isVerified: boolean;
  readonly isDisabled: boolean;
  readonly isDue: boolean;
  readonly isLocked: boolean;
  readonly hasTwoFactor: boolean;
  readonly roles: string;
}

const names = ["ada", "grace", "linus", "margaret", "alan", "barbara", "donald"];

/** More than an index sorts, so that common filters walk along an index. */
const total = 2_200;

/** Deterministic, so that a failure can be repeated. */
function make(i: number, id: string): Made {
  const name = `${names[i % 7]}.${names[(i * 3 + 1) % 7]}${i}`;
  return {
    id,
    username: name,
    email: `${name}@${i % 3 === 0 ? "mail.example" : "example.com"}`,
    displayName: i % 5 === 0 ? `Dr. ${names[i % 7]} “${i}” Ünal` : null,
    createdAt: 1_000_000 + ((i * 7_919) % 400),
    lastLoginAt: i % 4 === 0 ? null : 2_000_000 + ((i * 31) % 50),
    isVerified: i % 10 !== 0,
    isDisabled: i % 2 === 1,
    isDue: i % 97 === 0,
    isLocked: i % 300 === 1,
    hasTwoFactor: i % 40 !== 9,
    roles: i % 500 === 3 ? "admin,editor" : i % 50 === 7 ? "editor" : i % 3 === 1 ? "member" : "",
  };
}

describe("user list", () => {
  let app: TestApp;
  let users: readonly Made[];
  beforeAll(async () => {
    app = await testApp();
    users = Array.from({ length: total }, (_, i) => make(i, app.s.newId()));
    for (let i = 0; i < total; i += 300) {
      const some = users.slice(i, i + 300);
      await app.s.db
        .insertInto("users")
        .values(
          some.map((user) => ({
            id: user.id,
            username: user.username,
            username_key: user.username,
            email: user.email,
            email_key: user.email,
            ...displayNameColumns(user.displayName),
            created_at: user.createdAt,
            last_login_at: user.lastLoginAt,
            email_verified_at: user.isVerified ? 1 : null,
            disabled_at: user.isDisabled ? 1 : null,
            erase_at: user.isDue ? 1 : null,
            two_factor_since: user.hasTwoFactor ? 1 : null,
            roles: user.roles,
          })),
        )
        .execute();
      await app.s.db
        .insertInto("passwords")
        .values(some.map(({ id, isLocked }) => ({ user_id: id, hash: "x", scheme: null, changed_at: 1, locked_at: isLocked ? 1 : null })))
        .execute();
    }
  });
  afterAll(() => app.close());

  /** The same list, without an index. */
  function expected(query: UserQuery): string[] {
    const key = (user: Made) =>
      ({ created: user.createdAt, "last-login": user.lastLoginAt ?? -1, username: user.username, email: user.email })[
        query.sort ?? "created"
      ];
    const direction = (query.descending ?? !["username", "email"].includes(query.sort ?? "created")) ? -1 : 1;
    const compare = (one: string | number, other: string | number) => (one < other ? -1 : one > other ? 1 : 0);
    return users
      .filter((user) => matches(user, query))
      .sort((one, other) => direction * (compare(key(one), key(other)) || compare(one.id, other.id)))
      .map(({ username }) => username);
  }

  function matches(user: Made, query: UserQuery): boolean {
    const { search, active, disabled, unverified, locked, deletionScheduled, withTwoFactor, withoutTwoFactor, withRoles, role } = query;
    const texts = [user.username, user.email, user.displayName?.toLowerCase() ?? ""];
    const text = search?.toLowerCase() ?? "";
    const isFound = texts.some((each) => (text.length < 3 ? each.startsWith(text) : each.includes(text)));
    const states: [boolean | undefined, boolean][] = [
      [active, user.isVerified && !user.isDisabled && !user.isDue],
      [disabled, user.isDisabled],
      [unverified, !user.isVerified],
      [locked, user.isLocked],
      [deletionScheduled, user.isDue],
      [withTwoFactor, user.hasTwoFactor],
      [withoutTwoFactor, !user.hasTwoFactor],
      [withRoles, user.roles !== ""],
      [role !== undefined, user.roles.split(",").includes(role ?? "")],
    ];
    return isFound && states.every(([isWanted, is]) => !isWanted || is);
  }

  /** Usernames of all pages, forward or backward. */
  async function readAll(query: UserQuery, isBackward: boolean): Promise<string[]> {
    const found: string[] = [];
    let page = await listUsers(app.s, query);
    if (isBackward) while (page.next !== null) page = await listUsers(app.s, { ...query, after: page.next });
    for (;;) {
      const names = page.users.map(({ username }) => username);
      found.splice(isBackward ? 0 : found.length, 0, ...names);
      const cursor = isBackward ? page.previous : page.next;
      if (cursor === null) return [...new Set(found)];
      page = await listUsers(app.s, isBackward ? { ...query, before: cursor } : { ...query, after: cursor });
    }
  }

  const queries: UserQuery[] = [
    {},
    { descending: false },
    { sort: "last-login" },
    { sort: "last-login", descending: false },
    { sort: "username" },
    { sort: "email", descending: true },
    { disabled: true, sort: "last-login" },
    { active: true },
    { active: true, search: "example.com", sort: "last-login", descending: false },
    { unverified: true, withRoles: true },
    { locked: true },
    { deletionScheduled: true, disabled: true, sort: "email" },
    { withTwoFactor: true, sort: "last-login" },
    { withoutTwoFactor: true },
    { withoutTwoFactor: true, role: "member", sort: "username" },
    { role: "admin" },
    { role: "member", disabled: true, sort: "last-login" },
    { role: "nobody" },
    { search: "grace" },
    { search: "grace", sort: "username" },
    { search: "ADA", disabled: true, sort: "created" },
    { search: "l.exa", role: "editor" },
    { search: "a" },
    { search: "gr", unverified: true },
    { search: "ünal" },
    { search: "“15" },
    { search: "@mail.example", sort: "created" },
  ];

  it.each(queries)("user list: pages in both directions contain each match once, in order: %j", async (query) => {
    const all = expected(query);
    expect(await readAll({ ...query, count: 450 }, false)).toEqual(all);
    expect(await readAll({ ...query, count: 450 }, true)).toEqual(all);
    const first = await listUsers(app.s, query);
    expect(first.users.map(({ username }) => username)).toEqual(all.slice(0, 50));
    if (first.total !== null) expect([first.total, first.position]).toEqual([all.length, 1]);
    if (all.length > 1_000) expect(first.total).toBeNull();
  });

  it("user list: the search finds a whole ID, any case, compatibility forms and domains in both spellings", async () => {
    const [ada] = users as [Made];
    const find = async (search: string) => (await listUsers(app.s, { search })).users.map(({ username }) => username);
    for (const search of [ada.id, ada.id.toUpperCase(), ` ${ada.email} `, "\u202aDr. ada “0”\u202c", "ａｄａ.grace0"])
      expect(await find(search), search).toEqual([ada.username]);
    const row = { id: app.s.newId(), username: "domains", username_key: "domains", created_at: 1 };
    await app.s.db
      .insertInto("users")
      .values({ ...row, email: "domains@exämple.org", email_key: "domains@xn--exmple-cua.org" })
      .execute();
    for (const search of ["@exämple.org", "@xn--exmple", "mains@EXÄMPLE.org"]) expect(await find(search), search).toEqual(["domains"]);
    await app.s.db.deleteFrom("users").where("id", "=", row.id).execute();
    expect(await find("domains")).toEqual([]);
  });

  it("user list: few matches are in the order of the engine, characters beyond U+FFFF included", async () => {
    for (const username of ["𠀀𠀀𠀀", "﨎﨎﨎", "aaa"])
      await app.s.db
        .insertInto("users")
        .values({
          id: app.s.newId(),
          username,
          username_key: username,
          email: username,
          email_key: `${username}@han.example`,
          created_at: 1,
        })
        .execute();
    const rows = await app.s.db.selectFrom("users").select("username").where("created_at", "=", 1).orderBy("username_key").execute();
    const { users: found } = await listUsers(app.s, { search: "@han.example", sort: "username" });
    expect(found.map(({ username }) => username)).toEqual(rows.map(({ username }) => username));
    await app.s.db.deleteFrom("users").where("created_at", "=", 1).execute();
  });

  it("user list: matches that are far away in the order are found by the index of the search", async () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => {
      const key = `${i < 10_800 ? "mass" : "zmass"}${String(i).padStart(5, "0")}`;
      return { id: app.s.newId(), username: key, username_key: key, email: key, email_key: `${key}@far.example`, created_at: 2 };
    });
    for (let i = 0; i < rows.length; i += 1_000)
      await app.s.db
        .insertInto("users")
        .values(rows.slice(i, i + 1_000))
        .execute();
    app.resetRecords();
    const query = { search: "zmass", sort: "username", count: 500 } as const;
    const pages = [await listUsers(app.s, query)];
    expect(app.queries.filter(({ sql: text }) => text.includes(' as "matches"'))).toHaveLength(20);
    for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) pages.push(await listUsers(app.s, { ...query, after: next }));
    expect(pages.flatMap(({ users: found }) => found.map(({ username }) => username))).toEqual(
      rows.slice(10_800).map(({ username }) => username),
    );
    // Common text and a rare role: those with the role are looked at.
    await app.s.db
      .updateTable("users")
      .set({ roles: "rare" })
      .where("created_at", "=", 2)
      .where("username", ">=", "mass09000")
      .where("username", "<", "mass10100")
      .execute();
    app.resetRecords();
    const rare = await listUsers(app.s, { search: "far.example", role: "rare", sort: "username", descending: true });
    expect(rare.users[0]?.username).toBe("mass10099");
    const descending = await listUsers(app.s, { search: "far.example", role: "rare", sort: "email", count: 30 });
    expect(descending.users.map(({ username }) => username)).toEqual(rows.slice(9_000, 9_030).map(({ username }) => username));
    const last = await listUsers(app.s, { search: "zm", sort: "username", before: pages.at(-1)?.previous ?? "", count: 500 });
    expect(last.users.map(({ username }) => username)).toEqual(pages[1]?.users.map(({ username }) => username));
    await app.s.db.deleteFrom("users").where("created_at", "=", 2).execute();
  });

  it("user list: search text with operators, wildcards, NUL or invalid Unicode is only text", { tags: ["asvs-1.2.4"] }, async () => {
    const hostile = [
      "ada OR grace",
      "ada NOT x",
      '"ada"',
      "ada*",
      "^ada",
      "text:ada",
      "{text}: ada",
      "NEAR(ada grace)",
      "-ada",
      "%da%",
      "_da.",
      "ada\\",
      "'; drop table users; --",
      "\0\0\0\0",
      "ad\0a.\0grace0",
      "\ud800\ud800\ud800",
      "ﷺﷺﷺ",
      "“".repeat(10_000),
      "ada".repeat(4_000),
      "\u0301".repeat(10_000),
    ];
    for (const search of hostile) {
      const found = (await listUsers(app.s, { search })).users.map(({ username }) => username);
      expect(found, search.slice(0, 30)).toEqual(
        search === "ad\0a.\0grace0" ? ["ada.grace0"] : search === "\0\0\0\0" ? expected({}).slice(0, 50) : [],
      );
    }
    for (const role of ["%", "_____", "admin,editor", "", "\0"]) expect((await listUsers(app.s, { role })).users, role).toEqual([]);
  });

  it("user list: an invalid or foreign cursor starts again", async () => {
    const start = expected({}).slice(0, 50);
    const [{ id }] = users as [Made];
    const foreign = [
      "x",
      "\0",
      "null",
      `-1.${id}`,
      `1e9.${id}`,
      `${"9".repeat(16)}.${id}`,
      app.s.newId(),
      `${id}'--`,
      "__proto__",
      "a".repeat(10_000),
    ];
    for (const cursor of foreign) {
      for (const query of [{ after: cursor }, { before: cursor }])
        expect(
          (await listUsers(app.s, query)).users.map(({ username }) => username),
          cursor.slice(0, 50),
        ).toEqual(start);
    }
    for (const count of [-1, 0, Number.NaN, 0.5, 1e9])
      expect((await listUsers(app.s, { count })).users.length, String(count)).toBeGreaterThan(0);
  });

  it("user list: the page after a user who was deleted, or matches no more, goes on from the same place", async () => {
    const query = { unverified: true, sort: "created", count: 20 } as const;
    const first = await listUsers(app.s, query);
    const last = first.users.at(-1)?.id ?? "";
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).where("id", "=", last).execute();
    const second = await listUsers(app.s, { ...query, after: first.next ?? "" });
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("id", "=", last).execute();
    expect(second.users.map(({ username }) => username)).toEqual(expected({ unverified: true }).slice(20, 40));
  });

  it("user list: every statement uses an index and reads a bounded number of rows", async () => {
    app.resetRecords();
    for (const query of queries) {
      const { next, previous } = await listUsers(app.s, query);
      await listUsers(app.s, { ...query, after: next ?? "" });
      await listUsers(app.s, { ...query, before: previous ?? next ?? "" });
    }
    await listRoles(app.s);
    await isLastAdmin(app.s, "x");
    const statements = [...new Set(app.queries.map(({ sql: text }) => text))].filter((text) => !text.includes("to_regclass"));
    expect(statements.length).toBeGreaterThan(20);
    for (const statement of statements) {
      expect(await unindexed(statement), statement).toEqual([]);
      expect(/ limit \?|"id" (?:in|=)|max\("number"\)|with recursive/.test(statement), statement).toBe(true);
    }
  });

  /** Steps of the plan that read a table without an index. */
  async function unindexed(statement: string): Promise<string[]> {
    if (engine === "sqlite") {
      const { rows } = await app.s.db.executeQuery<{ detail: string }>(CompiledQuery.raw(`explain query plan ${statement}`));
      const tables = rows.map(({ detail }) => detail).filter((detail) => /^(?:SCAN|SEARCH) (?!sets|CONSTANT)/.test(detail));
      // The greatest row number is the last entry of its table.
      return tables.filter((detail) => detail !== "SEARCH users_search_rows").filter((detail) => !isIndexed(detail, statement));
    }
    let parameters = 0;
    const numbered = statement.replaceAll("?", () => `$${++parameters}`);
    return app.s.db.transaction().execute(async (tx) => {
      // The planner prefers sequential scans for small tables.
      await tx.executeQuery(CompiledQuery.raw("set local enable_seqscan = off"));
      const { rows } = await tx.executeQuery(CompiledQuery.raw(`explain (generic_plan) ${numbered}`));
      return rows.map((row) => JSON.stringify(row)).filter((line) => line.includes("Seq Scan"));
    });
  }

  /** A scan along an index is bounded if the statement wants its order; partial indexes have matches only. */
  function isIndexed(detail: string, statement: string): boolean {
    if (/VIRTUAL TABLE INDEX/.test(detail)) return true;
    if (detail.startsWith("SEARCH")) return /USING (?:COVERING )?INDEX|USING INTEGER PRIMARY KEY/.test(detail);
    return (
      /INDEX (?:users_disabled|users_unverified|users_(?:without_)?two_factor|users_erase_at|users_roles|passwords_locked)/.test(detail) ||
      (/ order by /.test(statement) && /USING (?:COVERING )?INDEX/.test(detail))
    );
  }

  it("roles: the list has each role that a user has, once", async () => {
    expect(await listRoles(app.s)).toEqual(["admin", "editor", "member"]);
    const admins = users.filter(({ roles }) => roles.includes("admin"));
    expect(await isLastAdmin(app.s, admins[0]?.id ?? "")).toBe(false);
  });

  it("user search: an index follows each change of a user, and an erased user leaves nothing in it", async () => {
    const find = async (search: string) => (await listUsers(app.s, { search })).users.length;
    const row = {
      id: app.s.newId(),
      username: "qzjkvx",
      username_key: "qzjkvx",
      email: "wqzv@zzqv.example",
      email_key: "wqzv@zzqv.example",
    };
    await app.s.db
      .insertInto("users")
      .values({ ...row, created_at: 1, email_verified_at: 1 })
      .execute();
    expect([await find("zjkv"), await find("wqzv@zzqv")]).toEqual([1, 1]);
    await app.s.db.updateTable("users").set({ username: "vvjqzz", username_key: "vvjqzz" }).where("id", "=", row.id).execute();
    expect([await find("zjkv"), await find("vjqz")]).toEqual([0, 1]);
    await app.s.db.updateTable("users").set(displayNameColumns("Xqjzz Kqqz")).where("id", "=", row.id).execute();
    expect(await find("xqjzz kqqz")).toBe(1);
    await eraseByAdmin(app.s, row.id, actingAs("command line"));
    expect([await find("vjqz"), await find("wqzv"), await find("kqqz")]).toEqual([0, 0, 0]);
    if (engine === "sqlite") expect(await indexedTrigrams()).not.toContain("kqq");
  });

  it.runIf(engine === "postgres")("user search: without an index of parts, it finds beginnings", async () => {
    const find = async (search: string) => (await listUsers(app.s, { search })).total;
    expect(await find("race.alan1")).toBeGreaterThan(0);
    await sql`drop index users_search`.execute(app.s.db);
    expect(await find("race.alan1")).toBe(0);
    expect(await find("ada.grace0")).toBe(1);
    expect(await find("Dr. ada “0")).toBe(1);
  });

  /** All trigrams in the files of the index, deleted ones included. */
  async function indexedTrigrams(): Promise<string[]> {
    await sql`create virtual table temp.trigrams using fts5vocab(main, users_search, row)`.execute(app.s.db);
    // Not a select of Kysely, which reads on the other connection.
    const { rows } = await app.s.db.executeQuery<{ term: string }>(CompiledQuery.raw("select term from temp.trigrams"));
    await sql`drop table temp.trigrams`.execute(app.s.db);
    return rows.map(({ term }) => term);
  }
});
