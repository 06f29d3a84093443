import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { recordCompromise } from "../../../core/account/compromise.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { actingAs } from "../../../core/request-info.ts";
import { inTransaction } from "../../../core/services.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

const asJson = { accept: "application/json" };
const pages = ["/admin", "/admin/events", "/admin/failed-emails", "/admin/charts"];

interface Listed {
  readonly users: { readonly username: string }[];
  readonly next: string | null;
  readonly previous: string | null;
  readonly total: number | null;
}

interface LoggedEvents {
  readonly events: { readonly event: string; readonly userId: string }[];
  readonly next: string | null;
  readonly previous: string | null;
}

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
    for (const path of [...pages, `/admin/user?id=${id}`, `/admin/user/confirm?id=${id}&act=disable`]) {
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
    for (const path of [...pages, "/admin/user?id=x", "/admin/user/confirm?id=x"])
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

  it("admin: search, status and role combine, and the pages keep them", async () => {
    for (let i = 0; i < 60; i++) {
      const n = String(i).padStart(2, "0");
      await app.s.db
        .insertInto("users")
        .values({ ...row(`many${n}`), roles: i < 3 ? "editor" : "" })
        .execute();
    }
    const names = async (path: string) => (await administrator.opens(path, asJson)).json() as Listed;
    const first = await names("/admin?search=any&sort=username");
    expect([first.users.length, first.users[0]?.username, first.total, first.previous]).toEqual([50, "many00", 60, null]);
    const second = await names(`/admin?search=any&sort=username&after=${first.next}`);
    expect([second.users.map(({ username }) => username)[0], second.users.length, second.next]).toEqual(["many50", 10, null]);
    expect((await names(`/admin?search=any&sort=username&before=${second.previous}`)).users).toEqual(first.users);
    const { html, text } = await administrator.opens("/admin?search=any&status=unverified&sort=email&order=desc");
    expect(text).toContain("1–50 of 60");
    expect(html).toMatch(/href="\/admin\?search=any&amp;status=unverified&amp;sort=email&amp;order=desc&amp;after=[0-9a-f-]{36}"/);
    expect(html).toMatch(/aria-sort="descending"><a href="\/admin\?search=any&amp;status=unverified&amp;sort=username/);
    expect((await names("/admin?search=MANY07@Example")).users.map(({ username }) => username)).toEqual(["many07"]);
    expect((await names(`/admin?search=${await idOf("many03")}`)).users.map(({ username }) => username)).toEqual(["many03"]);
    expect((await names("/admin?role=*")).users).toHaveLength(4);
    for (const [query, found] of [
      ["search=any&role=editor", 3],
      ["search=any&role=admin", 0],
      ["search=any&role=*&status=unverified", 3],
      ["search=any&role=editor&status=disabled", 0],
      ["search=admin&role=*", 1],
      [`search=${await idOf("many03")}&role=editor`, 0],
    ] as const)
      expect((await names(`/admin?${query}`)).users, query).toHaveLength(found);
    expect((await administrator.opens("/admin?search=nobody&role=editor")).text).toContain("No users match these filters.");
  });

  it("admin: hostile filters, cursors and sort orders are ignored, and come back escaped", { tags: ["asvs-1.2.1"] }, async () => {
    const hostile = [
      "%25",
      "'",
      "%00",
      "_",
      '"',
      "a".repeat(10_000),
      "<script>alert(1)</script>",
      "%E2%80%AEadmin",
      "__proto__",
      "constructor",
      "-1",
    ];
    for (const text of hostile) {
      for (const name of ["search", "status", "role", "sort", "order", "after", "before"]) {
        const { status, html } = await administrator.opens(`/admin?${name}=${text}`);
        expect(status, `${name}=${text.slice(0, 50)}`).toBe(200);
        expect(html).not.toContain("<script>alert");
      }
      for (const name of ["event", "user", "after", "before"])
        expect((await administrator.opens(`/admin/events?${name}=${text}`)).status, `${name}=${text.slice(0, 50)}`).toBe(200);
    }
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
    for (const path of [...pages, "/settings/activity"])
      for (const name of ["after", "before", "status", "role", "search", "id", "next"])
        expect((await administrator.opens(`${path}?${name}=%00`)).status, `${path} ${name}`).toBeLessThan(400);
  });

  it("admin: the user page shows state, sessions and events, and no hash or token", { tags: ["asvs-14.2.6"] }, async () => {
    const shown = await app.person({ username: "shown" }).isLoggedIn();
    const id = await idOf("shown");
    const { html, text } = await administrator.opens(`/admin/user?id=${id}`);
    for (const words of ["shown@example.com", "Not verified", "Logged in", "127.0.0.1"]) expect(text).toContain(words);
    const { json, html: jsonBody } = await administrator.opens(`/admin/user?id=${id}`, asJson);
    expect((json() as { sessions: object[] }).sessions).toHaveLength(1);
    for (const secret of [/\$argon2/, /password_hash|passwordHash/, /tokenHash/, new RegExp(shown.cookies.get("latchkey_session") ?? "x")])
      expect(html + jsonBody).not.toMatch(secret);
    expect((await administrator.opens("/admin/user?id=nobody")).status).toBe(404);
  });

  it("admin: a reported account is unlocked, and its password stays locked", { tags: ["asvs-6.4.3"] }, async () => {
    const person = await app.person({ username: "reported" }).isLoggedIn();
    const id = await idOf("reported");
    const opens = () => administrator.opens(`/admin/user?id=${id}`);
    expect((await opens()).html).not.toContain('value="unlock"');
    await inTransaction(app.s, (tx) => recordCompromise(tx, id));
    const page = await opens();
    expect(page.text).toContain("Reported as compromised");
    expect(page.html).toContain('name="act" value="unlock"');
    await does("unlock", id);
    expect((await opens()).text).not.toContain("Reported as compromised");
    expect((await findUserByName(app.s, "reported"))?.compromised_at).toBeNull();
    expect((await person.logsIn()).status).toBe(401);
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
    expect(all).toMatch(/Account disabled by an administrator ?By administrator ?grace/);
    expect(html).toContain(`<a class="name" href="/admin/user?id=${id}">grace</a>`);
    expect((await administrator.opens(`/admin/user?id=${id}`)).text).toMatch(
      /Account disabled by an administrator ?By administrator ?just now/,
    );
  });

  it("admin: roles can be granted and revoked, except one's own role admin", async () => {
    await app.person({ username: "editor" }).signsUp();
    const id = await idOf("editor");
    expect((await does("grant", id, "Not A Role")).text).toContain("Enter a role of 1–40 lowercase letters, numbers and hyphens.");
    expect((await does("grant", id, "")).text).toContain("Choose a role, or enter a new one.");
    expect((await does("grant", id, "editor")).status).toBe(303);
    expect((await administrator.opens(`/admin/user?id=${id}`)).html).toContain(
      `/admin/user/confirm?id=${id}&amp;act=revoke&amp;role=editor`,
    );
    await does("revoke", id, "editor");
    expect((await findUserByName(app.s, "editor"))?.roles).toBe("");
    const own = await idOf("administrator");
    for (const [act, role] of [
      ["disable", ""],
      ["delete", ""],
      ["revoke", "admin"],
    ] as const)
      expect((await does(act, own, role)).text).toContain("disable or delete your own account");
    expect((await findUserByName(app.s, "administrator"))?.roles).toBe("admin");
    expect((await does("nonsense", id)).status).toBe(422);
  });

  it("admin: an action is asked for on a page that names what will happen, and that does nothing itself", async () => {
    await app.person({ username: "asked" }).isLoggedIn();
    const id = await idOf("asked");
    const before = await findUserByName(app.s, "asked");
    const page = await administrator.opens(`/admin/user?id=${id}`);
    for (const [act, role, title, button] of [
      ["disable", "", "Disable asked?", "Disable account"],
      ["delete", "", "Delete asked?", "Delete account"],
      ["end-sessions", "", "Log asked out of all devices?", "Log out all devices"],
      ["verify-email", "", "Mark asked@example.com as verified?", "Mark as verified"],
      ["send-reset", "", "Send asked a password reset email?", "Send reset email"],
      ["grant", "editor", "Give asked the role editor?", "Add role"],
    ] as const) {
      const { status, text, html } = await administrator.opens(`/admin/user/confirm?id=${id}&act=${act}&role=${role}`);
      expect([status, text.includes(title), text.includes(button)], act).toEqual([200, true, true]);
      expect(html, act).toContain(`<title>${title} · `);
      expect(html).toMatch(
        new RegExp(`<input type="hidden" name="role" value="${role}"[^>]*>\\s*<button type="submit" name="act" value="${act}"`),
      );
      // The same question as a dialog; roles are removed only where the user has one.
      expect(page.html, act).toContain(`<dialog id="ask-${act}"`);
    }
    for (const method of ["GET", "HEAD"])
      for (const path of [`/admin/user?id=${id}&act=disable`, `/admin/user/confirm?id=${id}&act=disable&confirmed=1`])
        await administrator.sends(method, path);
    expect(await findUserByName(app.s, "asked")).toEqual(before);
    expect((await administrator.opens(`/admin/user/confirm?id=${id}&act=grant&role=&new_role=Not+A+Role`)).text).toContain(
      "Enter a role of 1–40",
    );
    expect((await administrator.opens(`/admin/user/confirm?id=${id}&act=grant&role=editor&new_role=author`)).text).toContain(
      "the role author?",
    );
    expect((await administrator.opens(`/admin/user/confirm?id=${await idOf("administrator")}&act=delete`)).text).toContain(
      "your own account",
    );
    for (const query of [
      `id=${id}&act=enable`,
      `id=${id}&act=unlock`,
      `id=${id}&act=__proto__`,
      `id=${id}`,
      "act=disable",
      `id=${id}%00&act=disable`,
    ])
      expect((await administrator.opens(`/admin/user/confirm?${query}`)).status, query).toBe(404);
  });

  it("admin: a question names only roles that can be removed or added", async () => {
    await app.person({ username: "roled" }).signsUp();
    const id = await idOf("roled");
    const asks = (act: string, role: string) => administrator.opens(`/admin/user/confirm?id=${id}&act=${act}&role=${role}`);
    expect((await asks("revoke", "Your+account+is+in+danger")).location).toBe(`/admin/user?id=${id}`);
    expect((await asks("revoke", "")).location).toBe(`/admin/user?id=${id}`);
    await grantRole(app.s, id, "editor", actingAs("command line"));
    expect((await asks("revoke", "editor")).text).toContain("Remove the role editor from roled?");
    expect((await asks("grant", "editor")).location).toBe(`/admin/user?id=${id}`);
    expect((await administrator.opens(`/admin/user?id=${id}`)).text).toContain("Nothing to change.");
  });

  it("admin: a deleted account is gone from lists, search and index", async () => {
    await app.person({ username: "leaving" }).isLoggedIn();
    const id = await idOf("leaving");
    expect((await does("delete", id)).location).toBe("/admin");
    expect((await administrator.opens("/admin")).text).toContain("Account deleted.");
    expect((await administrator.opens("/admin?search=leaving")).text).toContain("No users match");
    expect((await administrator.opens(`/admin/user?id=${id}`)).status).toBe(404);
    expect((await does("delete", id)).status).toBe(404);
  });

  it("admin: who loses the role or the session while a question is open can act no more", { tags: ["asvs-8.3.1"] }, async () => {
    await app.person({ username: "spared" }).signsUp();
    const id = await idOf("spared");
    const former = await app.person({ username: "former" }).isLoggedIn();
    const formerId = await idOf("former");
    for (const loses of [
      () => does("revoke", formerId, "admin"),
      () => does("end-sessions", formerId),
      () => does("disable", formerId),
    ] as const) {
      await does("enable", formerId);
      await does("grant", formerId, "admin");
      await former.logsIn();
      const { token, status } = await former.opens(`/admin/user/confirm?id=${id}&act=disable`);
      expect(status).toBe(200);
      await loses();
      expect((await former.posts("/admin/user", { csrf_token: token, id, act: "disable" })).status).not.toBe(200);
      expect((await findUserByName(app.s, "spared"))?.disabled_at).toBeNull();
    }
  });

  it("admin: the audit log can be filtered by event and user, in pages in both directions", async () => {
    const subject = app.person({ username: "subject" });
    await subject.isLoggedIn();
    const id = await idOf("subject");
    for (let i = 0; i < 70; i++)
      await inTransaction(app.s, (tx) => recordEvent(tx, id, i % 7 === 0 ? "email-verified" : "login-failed", actingAs("app")));
    const read = async (query: string) => (await administrator.opens(`/admin/events?${query}`, asJson)).json() as LoggedEvents;
    const first = await read("user=subject&event=login-failed");
    expect([first.events.length, first.previous]).toEqual([50, null]);
    const second = await read(`user=${id}&event=login-failed&after=${first.next}`);
    expect([second.events.length, second.next]).toEqual([10, null]);
    expect((await read(`user=SUBJECT@example.com&event=login-failed&before=${second.previous}`)).events).toEqual(first.events);
    expect(new Set([...first.events, ...second.events].map(({ event, userId }) => `${event} ${userId}`))).toEqual(
      new Set([`login-failed ${id}`]),
    );
    const all = await read("event=login-failed");
    expect((await read(`event=login-failed&before=${(await read(`event=login-failed&after=${all.next}`)).previous}`)).events).toEqual(
      all.events,
    );
    const { text, html } = await administrator.opens("/admin/events?user=nobody");
    expect(text).toContain("No account matches. Enter a whole username, email or account ID.");
    expect(html).toContain('aria-invalid="true"');
    expect((await administrator.opens("/admin/events?event=no-such-event")).text).toContain("No events match these filters.");
  });

  it("admin: the charts have their numbers as labels and as a table", async () => {
    const days = [app.s.now()];
    const { html } = await administrator.opens("/admin/charts");
    days.push(app.s.now());
    expect(html).toMatch(/<svg [^>]*role="img" aria-label="Sign-ups: \d+ in the last 30 days, \d+ today, \d+ on the busiest day"/);
    expect(html).toMatch(/<figcaption>Sign-ups<br><strong>\d+<\/strong> <span class="hint">last 30 days · \d+ on the busiest day</);
    expect(html).toMatch(/aria-label="Failed logins: [1-9]/);
    // At midnight, another day begins meanwhile.
    expect(days.some((ms) => html.includes(`<time datetime="${new Date(ms).toISOString().slice(0, 10)}">`))).toBe(true);
    const { counts } = (await administrator.opens("/admin/charts", asJson)).json() as { counts: { event: string; counts: number[] }[] };
    const signUps = await app.s.db.selectFrom("audit").select("id").where("event", "=", "signed-up").execute();
    // Over all days: shortly before midnight, the moved clock reaches the next one.
    expect(counts[0]?.counts.reduce((sum, count) => sum + count, 0)).toBe(signUps.length);
  });

  it("admin: a user's page leads back to the list as it was searched, and to no other page", { tags: ["asvs-1.2.1"] }, async () => {
    const { html } = await administrator.opens("/admin?search=administrator&sort=email&next=evil");
    const link = /href="(\/admin\/user\?[^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect((await administrator.opens(link)).html).toContain('<a href="/admin?search=administrator&amp;sort=email">Users</a>');
    const id = await idOf("administrator");
    const all = "search=a&status=active&role=admin&sort=email&order=desc&after=x&before=y";
    expect((await administrator.opens(`/admin/user?id=${id}&list=${encodeURIComponent(all)}`)).html).toContain(
      `<a href="/admin?${all.replaceAll("&", "&amp;")}">Users</a>`,
    );
    for (const list of ["", "&list=https%3A%2F%2Fevil.test", "&list=%22%3E%3Cscript%3E", "&list=id%3D1%26__proto__%3D1"])
      expect((await administrator.opens(`/admin/user?id=${id}${list}`)).html, list).toContain('<a href="/admin">Users</a>');
  });

  it("admin: the way back to the list is kept by questions and actions", async () => {
    await app.person({ username: "walker" }).isLoggedIn();
    const id = await idOf("walker");
    const read = (html: string, pattern: RegExp) => pattern.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const path = read((await administrator.opens("/admin?search=walker&sort=email")).html, /href="(\/admin\/user\?[^"]+)"/);
    const { html: page } = await administrator.opens(path);
    for (const act of ["disable", "end-sessions", "delete"]) {
      const question = await administrator.opens(read(page, new RegExp(`href="([^"]*act=${act}[^"]*)"`)));
      expect(read(question.html, /<a class="button secondary" href="([^"]+)">Cancel/), act).toBe(path);
      const action = read(question.html, /<form method="post" action="(\/admin\/user[^"]*)"/);
      const { location } = await administrator.posts(action, { csrf_token: question.token, act, id });
      expect(location, act).toBe(act === "delete" ? "/admin?search=walker&sort=email" : path);
    }
    expect(page).toMatch(
      /<form method="get" [^>]*>\s*<div class="toolbar">\s*<input type="hidden" name="list" value="search=walker&amp;sort=email">/,
    );
  });

  it("admin: re-authentication before an action keeps the way back to the list", async () => {
    await app.person({ username: "runner" }).signsUp();
    const late = app.person({ username: "administrator" });
    await late.logsIn();
    const path = `/admin/user?id=${await idOf("runner")}&list=search%3Drunner`;
    const { token } = await late.opens(path);
    app.passes(16 * 60_000);
    const { html } = await late.posts(path, { csrf_token: token, act: "disable", id: await idOf("runner") });
    expect(html).toContain(`<form method="post" action="${path.replace("&", "&amp;")}"`);
    await administrator.logsIn();
  });

  it("admin: the language choice of a refused action leads to the same user", async () => {
    const own = await testApp({ LANGUAGES: "en,de" });
    const kay = await own.person({ username: "kay" }).isLoggedIn();
    const id = (await findUserByName(own.s, "kay"))?.id ?? "";
    await grantRole(own.s, id, "admin", actingAs("command line"));
    const question = await kay.opens(`/admin/user/confirm?id=${id}&act=grant&role=editor`);
    const action = /<form method="post" action="(\/admin\/user[^"]*)"/.exec(question.html)?.[1] ?? "";
    const refused = await kay.posts(action, { csrf_token: question.token, act: "revoke", role: "admin", id });
    expect(refused.status).toBe(422);
    expect(refused.html).toContain(`<input type="hidden" name="next" value="/admin/user?id=${id}">`);
    await own.close();
  });

  it("admin: each tab is marked as the current page, and empty lists say what would be there", async () => {
    for (const path of pages)
      expect((await administrator.opens(path)).html.match(/<nav class="tabs"[\s\S]*?<\/nav>/)?.[0], path).toContain(
        `href="${path}" aria-current="page"`,
      );
    expect((await administrator.opens("/admin/failed-emails")).text).toContain("No failed emails");
  });

  it("admin: two-factor is a column and a filter, and a reset needs a reason, which the user gets", { tags: ["asvs-6.4.4"] }, async () => {
    const person = await app.person({ username: "factored" }).isLoggedIn();
    const id = await idOf("factored");
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).where("id", "=", id).execute();
    const phone = await addsPhone(app, person);
    const named = async (state: string) =>
      ((await administrator.opens(`/admin?two-factor=${state}&search=factored`, asJson)).json() as Listed).users.map(
        ({ username }) => username,
      );
    expect([await named("on"), await named("off"), await named("x")]).toEqual([["factored"], [], ["factored"]]);
    expect((await administrator.opens("/admin?two-factor=on")).html).toContain('data-label="Two-factor">On</td>');
    const page = await administrator.opens(`/admin/user?id=${id}`);
    expect(page.text).toMatch(/Two-factor authentication Status On since .* Authenticator app Phone .* Recovery codes 10 unused codes/);
    expect(page.html).not.toContain(phone.secret);
    for (const code of phone.recoveryCodes) expect(page.html).not.toContain(code);
    const question = await administrator.opens(`/admin/user/confirm?id=${id}&act=reset-two-factor`);
    expect(question.text).toContain("Reset two-factor authentication of factored?");
    const empty = await fill(administrator, { act: "reset-two-factor", id, reason: " " });
    expect([empty.status, empty.text.includes("Enter the reason."), empty.html.includes('href="#reason"')]).toEqual([422, true, true]);
    expect(await named("on")).toEqual(["factored"]);
    await fill(administrator, { act: "reset-two-factor", id, reason: "Lost phone" });
    expect(await named("off")).toEqual(["factored"]);
    expect((await person.opens("/settings")).status).toBe(303);
    expect((await app.emails("factored@example.com"))[0]?.text).toContain("Lost phone");
    expect((await administrator.opens(`/admin/user?id=${id}`)).html).not.toContain("reset-two-factor");
  });

  it("admin: administrators can't reset their own two-factor authentication", async () => {
    const own = await fill(administrator, { act: "reset-two-factor", id: await idOf("administrator"), reason: "Because" });
    expect([own.status, own.text]).toEqual([422, expect.stringContaining("You can't reset your own two-factor authentication here.")]);
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
    expect((await administrator.opens("/admin/failed-emails")).text).toMatch(/No account ?550 ?9/);
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
