import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

const asJson = { accept: "application/json" };

describe("admin", () => {
  let app: TestApp;
  let administrator: Person;
  beforeAll(async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_LOGIN_PER_IP: "1000/1h" });
    administrator = await app.person({ username: "administrator" }).isLoggedIn();
    await grantRole(app.s, await idOf("administrator"), "admin", actingAs("command line"));
  });
  afterAll(() => app.close());

  async function idOf(username: string): Promise<string> {
    return (await findUserByName(app.s, username))?.id ?? "";
  }

  function does(act: string, id: string, role = ""): ReturnType<Person["fillsIn"]> {
    return fill(administrator, { act, id, role });
  }

  async function fill(person: Person, fields: Record<string, string>) {
    const { token } = await person.opens(`/admin/user?id=${fields["id"]}`);
    return person.posts("/admin/user", { csrf_token: token, ...fields });
  }

  it("admin: every page and action needs the role admin", { tags: ["asvs-8.2.1", "asvs-8.3.1"] }, async () => {
    const curious = await app.person({ username: "curious" }).isLoggedIn();
    const id = await idOf("curious");
    for (const path of ["/admin", "/admin/events", "/admin/failed-emails", `/admin/user?id=${id}`]) {
      expect((await app.person().opens(path)).location, path).toContain("/login?next=%2Fadmin");
      expect((await curious.opens(path)).status, path).toBe(403);
      expect((await administrator.opens(path)).status, path).toBe(200);
    }
    const { token } = await curious.opens("/settings");
    expect((await curious.posts("/admin/user", { csrf_token: token, act: "grant", id, role: "admin" })).status).toBe(403);
    expect((await curious.opens("/settings")).html).not.toContain('href="/admin"');
    expect((await administrator.opens("/settings")).html).toContain('href="/admin"');
  });

  it("admin: an action without a CSRF token or from another origin gets 403", { tags: ["asvs-3.5.1"] }, async () => {
    await app.person({ username: "forged" }).signsUp();
    const id = await idOf("forged");
    const { token } = await administrator.opens(`/admin/user?id=${id}`);
    for (const [fields, headers] of [
      [{}, {}],
      [{ csrf_token: "wrong" }, {}],
      [{ csrf_token: token }, { origin: "https://evil.test" }],
    ] as const)
      expect((await administrator.posts("/admin/user", { ...fields, act: "disable", id }, headers)).status).toBe(403);
    expect((await findUserByName(app.s, "forged"))?.disabled_at).toBeNull();
  });

  it("admin: an action needs recent authentication, and runs in the same step as it", { tags: ["asvs-7.5.1"] }, async () => {
    await app.person({ username: "patient" }).signsUp();
    const late = await app.person({ username: "administrator" });
    await late.logsIn();
    const id = await idOf("patient");
    const { token } = await late.opens(`/admin/user?id=${id}`);
    app.passes(16 * 60_000);
    for (const path of ["/admin", "/admin/events", "/admin/failed-emails", "/admin/user?id=x"])
      expect((await late.opens(path)).location, path).toContain("/confirm-password?next=");
    const asked = await late.posts("/admin/user", { csrf_token: token, act: "disable", id });
    expect([asked.status, asked.html.includes('name="current_password"')]).toEqual([403, true]);
    const done = await late.posts("/admin/user", {
      csrf_token: asked.token,
      act: "disable",
      id,
      current_password: late.identity.password,
    });
    expect(done.location).toBe(`/admin/user?id=${id}`);
    expect((await findUserByName(app.s, "patient"))?.disabled_at).not.toBeNull();
    await administrator.logsIn();
  });

  it("admin: the search finds users by prefix of username or email, in pages by key", async () => {
    for (let i = 0; i < 60; i++) {
      const n = String(i).padStart(2, "0");
      await app.s.db
        .insertInto("users")
        .values(row(`many${n}`))
        .execute();
    }
    const names = async (path: string) =>
      (await administrator.opens(path, asJson)).json() as { users: { username: string }[]; next: string | null };
    const first = await names("/admin?search=many");
    expect([first.users.length, first.users[0]?.username]).toEqual([50, "many00"]);
    const second = await names(`/admin?search=many&after=${first.next}`);
    expect([second.users.map(({ username }) => username)[0], second.users.length, second.next]).toEqual(["many50", 10, null]);
    expect((await names("/admin?search=MANY07@Example")).users.map(({ username }) => username)).toEqual(["many07"]);
    expect((await names(`/admin?search=${await idOf("many03")}`)).users.map(({ username }) => username)).toEqual(["many03"]);
    const all = await names("/admin");
    expect((await names(`/admin?after=${all.next}`)).users[0]?.username).not.toBe(all.users[0]?.username);
    expect((await names("/admin?filter=with-roles")).users.map(({ username }) => username)).toEqual(["administrator"]);
    // Search and filter combine.
    for (const [search, found] of [
      ["many", 0],
      [await idOf("many03"), 0],
      ["admin", 1],
    ] as const)
      expect((await names(`/admin?search=${search}&filter=with-roles`)).users, search).toHaveLength(found);
    for (const hostile of ["%25", "'", "%00", "_", "a".repeat(500), "<script>"])
      expect((await administrator.opens(`/admin?search=${hostile}`)).status).toBe(200);
  });

  it("admin: a filtered search reads at most 2,000 accounts per query, and finds all matches", async () => {
    const many = Array.from({ length: 4_500 }, (_, i) => ({
      ...row(`bulk${String(i).padStart(5, "0")}`),
      disabled_at: [0, 1_999, 2_000, 4_499].includes(i) ? 1 : null,
    }));
    for (let i = 0; i < many.length; i += 500)
      await app.s.db
        .insertInto("users")
        .values(many.slice(i, i + 500))
        .execute();
    app.resetRecords();
    const { users } = (await administrator.opens("/admin?search=bulk&filter=disabled", asJson)).json() as { users: { username: string }[] };
    expect(users.map(({ username }) => username)).toEqual(["bulk00000", "bulk01999", "bulk02000", "bulk04499"]);
    // Each step but the last is bounded at both ends.
    expect(app.queries.filter(({ sql }) => sql.includes("max("))).toHaveLength(3);
    expect(app.queries.filter(({ sql }) => sql.includes('"username_key" <='))).toHaveLength(2);
    await app.s.db.deleteFrom("users").where("username", "like", "bulk%").execute();
  });

  it("admin: names of object properties and repeated parameters match no filter or action", { tags: ["asvs-15.3.6"] }, async () => {
    const id = await idOf("many01");
    const { token } = await administrator.opens("/admin");
    for (const act of ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "disable\0", "\0"]) {
      for (const whose of [id, "\0", `${id}\0`])
        expect((await administrator.posts("/admin/user", { csrf_token: token, act, id: whose })).status, act).toBe(
          whose === id ? 422 : 404,
        );
    }
    expect((await administrator.posts("/admin/user", { csrf_token: token, act: "grant", id, role: "a\0" })).status).toBe(422);
    for (const path of ["/admin/user?id=%00", `/admin/user?id=${id}%00`, "/admin/user?id=__proto__"])
      expect((await administrator.opens(path)).status, path).toBe(404);
    for (const path of ["/admin", "/admin/events", "/admin/failed-emails", "/settings/activity"])
      for (const name of ["after", "before", "filter", "search", "id", "next"])
        expect((await administrator.opens(`${path}?${name}=%00`)).status, `${path} ${name}`).toBeLessThan(400);
  });

  it("admin: the user page shows state, sessions and events, and no hash or token", { tags: ["asvs-14.2.6"] }, async () => {
    const shown = await app.person({ username: "shown" }).isLoggedIn();
    const id = await idOf("shown");
    const { html, text } = await administrator.opens(`/admin/user?id=${id}`);
    for (const words of ["shown@example.com", "Never", "Logged in", "127.0.0.1"]) expect(text).toContain(words);
    const { json, html: jsonBody } = await administrator.opens(`/admin/user?id=${id}`, asJson);
    expect((json() as { sessions: object[] }).sessions).toHaveLength(1);
    for (const secret of [/argon2/, /password_hash|passwordHash/, /tokenHash/, new RegExp(shown.cookies.get("latchkey_session") ?? "x")])
      expect(html + jsonBody).not.toMatch(secret);
    expect((await administrator.opens("/admin/user?id=nobody")).status).toBe(404);
  });

  it("admin: each action takes effect and is recorded with its administrator", { tags: ["asvs-16.2.1"] }, async () => {
    const grace = await app.person({ username: "grace" }).isLoggedIn();
    const id = await idOf("grace");
    await does("verify-email", id);
    expect((await findUserByName(app.s, "grace"))?.email_verified_at).not.toBeNull();
    await does("end-sessions", id);
    expect((await grace.opens("/dashboard")).status).toBe(303);
    await does("disable", id);
    expect((await grace.logsIn()).status).toBe(401);
    await does("enable", id);
    expect((await grace.logsIn()).status).toBe(303);
    await does("send-reset", id);
    expect((await app.emails("grace@example.com"))[0]?.subject).toContain("Reset your Latchkey password");
    const acts = await app.s.db
      .selectFrom("audit")
      .select(["event", "actor", "ip"])
      .where("user_id", "=", id)
      .where("actor", "is not", null)
      .orderBy("id")
      .execute();
    const actor = await idOf("administrator");
    expect(acts).toEqual(
      ["email-verified-by-admin", "sessions-ended-by-admin", "account-disabled", "account-enabled", "reset-sent-by-admin"].map((event) => ({
        event,
        actor,
        ip: "",
      })),
    );
    const { text } = await grace.opens("/settings/activity");
    expect(text).toContain("Account disabled by an administrator");
    expect(text).not.toContain(actor);
    const { text: all, html } = await administrator.opens("/admin/events");
    expect(all).toContain("Account disabled by an administrator · grace");
    expect(all).toContain("by administrator");
    expect(html).toContain(`<a class="name" href="/admin/user?id=${id}">grace</a>`);
    expect((await administrator.opens(`/admin/user?id=${id}`)).text).toMatch(
      /Account disabled by an administrator ?\d[^·]* · by administrator/,
    );
  });

  it("admin: roles can be granted and revoked, except one's own role admin", async () => {
    await app.person({ username: "editor" }).signsUp();
    const id = await idOf("editor");
    expect((await does("grant", id, "Not A Role")).text).toContain("Enter a role of 1–40 lowercase letters, numbers and hyphens.");
    expect((await does("grant", id, "editor")).status).toBe(303);
    expect((await administrator.opens(`/admin/user?id=${id}`)).text).toContain("Remove “editor”");
    await does("revoke", id, "editor");
    expect((await findUserByName(app.s, "editor"))?.roles).toBe("");
    const own = await idOf("administrator");
    for (const [act, role] of [
      ["disable", ""],
      ["revoke", "admin"],
    ] as const)
      expect((await does(act, own, role)).text).toContain("disable your own account");
    expect((await does("nonsense", id)).status).toBe(422);
  });

  it("admin: the charts have their numbers as labels for screen readers", async () => {
    const { html } = await administrator.opens("/admin");
    expect(html).toMatch(/<svg [^>]*role="img" aria-label="Sign-ups: \d+ in the last 30 days, \d+ today, \d+ on the busiest day"/);
    expect(html).toMatch(/aria-label="Failed logins: [1-9]/);
  });

  it("admin: failed emails are listed without their content", async () => {
    await app.s.db
      .insertInto("outbox")
      .values({
        id: app.s.newId(),
        user_id: null,
        message: null,
        attempts: 9,
        created_at: app.s.now(),
        due_at: null,
        failed_at: app.s.now(),
        failure: "550",
      })
      .execute();
    expect((await administrator.opens("/admin/failed-emails")).text).toMatch(/550.*failed .* after 9 attempts/);
  });

  function row(username: string) {
    const now = app.s.now();
    const keys = { username_key: username, email_key: `${username}@example.com` };
    return {
      id: app.s.newId(),
      username,
      email: `${username}@example.com`,
      ...keys,
      created_at: now,
    };
  }
});
