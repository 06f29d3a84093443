import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { cleanupExpired } from "../../../core/maintenance/cleanup.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

const day = 24 * 3_600_000;

describe("delete account", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.close());

  it("delete account: it is erased after 7 days, and its events become anonymous", { tags: ["asvs-7.4.2"] }, async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const elsewhere = app.person({ username: "ada" });
    await elsewhere.logsIn();
    const answer = await ada.fillsIn("/settings/delete", { username: "ADA" });
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    expect((await ada.opens("/")).text).toContain("Your account will be deleted on");
    for (const person of [ada, elsewhere]) expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await app.emails("ada@example.com"))[0]?.subject).toBe("Your account will be deleted");

    app.passes(7 * day - 60_000);
    await cleanupExpired(app.s);
    expect(await users()).toBe(1);
    app.passes(120_000);
    await cleanupExpired(app.s);
    expect(await users()).toBe(0);
    const records = await app.s.db.selectFrom("audit").selectAll().execute();
    expect(records.length).toBeGreaterThan(3);
    for (const record of records) expect([record.user_id, record.ip, record.user_agent]).toEqual([null, "", ""]);
    expect(await app.s.db.selectFrom("one_time_tokens").selectAll().execute()).toEqual([]);
    app.passes(30 * day);
    expect((await app.person({ username: "ada" }).signsUp()).status).toBe(303);
  });

  it("delete account: logging in before then cancels it", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    await ada.fillsIn("/settings/delete", { username: "ada" });
    app.passes(6 * day);
    await ada.logsIn();
    expect((await ada.opens("/dashboard")).text).toContain("Account deletion cancelled.");
    app.passes(2 * day);
    await cleanupExpired(app.s);
    expect(await users()).toBe(1);
  });

  it("delete account: it needs the username and recent authentication", { tags: ["asvs-7.5.3"] }, async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    for (const username of ["", "eve", "ada@example.com"]) expect((await ada.fillsIn("/settings/delete", { username })).status).toBe(422);
    expect((await ada.posts("/settings/delete", { username: "ada" })).status).toBe(403);
    app.passes(15 * 60_000 + 1_000);
    const { token } = await ada.opens("/settings");
    expect((await ada.posts("/settings/delete", { csrf_token: token, username: "ada" })).text).toContain("Confirm it's you");
    const row = await app.s.db.selectFrom("users").select("erase_at").executeTakeFirstOrThrow();
    expect(row.erase_at).toBeNull();
  });

  it("delete account: DELETE_AFTER=0 erases immediately", async () => {
    const atOnce = await testApp({ DELETE_AFTER: "0", USERNAME_RELEASE_AFTER: "0" });
    const ada = await atOnce.person({ username: "ada" }).isLoggedIn();
    expect((await ada.opens("/settings/delete")).text).toContain("deleted immediately");
    await ada.fillsIn("/settings/delete", { username: "ada" });
    expect((await ada.opens("/")).text).toContain("Account deleted.");
    expect((await ada.logsIn()).status).toBe(401);
    const records = await atOnce.s.db.selectFrom("audit").select(["user_id", "event", "ip"]).orderBy("id").execute();
    expect(records.find(({ event }) => event === "deletion-requested")).toEqual({ user_id: null, event: "deletion-requested", ip: "" });
    const emails = await atOnce.emails("ada@example.com");
    expect(emails.map(({ subject }) => subject)).toEqual(["Your account was deleted"]);
    expect(emails[0]?.text).not.toContain("token=");
    expect((await ada.signsUp()).status).toBe(303);
    await atOnce.close();
  });

  it("delete account: a compromised account cannot request it", { tags: ["asvs-6.3.7"] }, async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    await app.s.db.updateTable("users").set({ compromised_at: app.s.now() }).execute();
    const answer = await ada.fillsIn("/settings/delete", { username: "ada" });
    expect([answer.status, (await app.emails("ada@example.com")).length]).toEqual([403, 1]);
    expect(answer.text).toContain("You reported that someone else may have");
  });

  it("delete account: only the last administrator must confirm once more", async () => {
    const by = actingAs("command line");
    const admins: Person[] = [];
    for (const username of ["one", "two"]) {
      const admin = await app.person({ username }).isLoggedIn();
      await grantRole(app.s, (await findUserByName(app.s, username))?.id ?? "", "admin", by);
      admins.push(admin);
    }
    const [first, last] = admins as [Person, Person];
    expect((await first.opens("/settings/delete")).html).not.toContain("last_admin");
    expect((await first.fillsIn("/settings/delete", { username: "one" })).status).toBe(303);
    expect((await last.opens("/settings/delete")).html).toContain('name="last_admin"');
    const refused = await last.fillsIn("/settings/delete", { username: "two" });
    expect([refused.status, refused.html.includes('id="last_admin-problem"')]).toEqual([422, true]);
    const { csrfToken } = (await last.opens("/settings/delete", { accept: "application/json" })).json() as { csrfToken: string };
    const told = await last.sendsJson("/settings/delete", { username: "two" }, { "x-csrf-token": csrfToken });
    expect([told.status, told.json()]).toMatchObject([422, { error: { code: "last-admin", fields: { last_admin: expect.any(String) } } }]);
    expect((await findUserByName(app.s, "two"))?.erase_at).toBeNull();
    expect((await last.fillsIn("/settings/delete", { username: "two", last_admin: "on" })).status).toBe(303);
  });

  it("delete account: JSON gives the time, and logging in by JSON cancels it", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const { csrfToken } = (await ada.opens("/settings/delete", { accept: "application/json" })).json() as { csrfToken: string };
    const headers = { "x-csrf-token": csrfToken };
    expect((await ada.sendsJson("/settings/delete", { username: "eve" }, headers)).json()).toMatchObject({
      error: { code: "invalid", fields: { username: expect.any(String) } },
    });
    const before = app.s.now();
    const { eraseAt } = (await ada.sendsJson("/settings/delete", { username: "ada" }, headers)).json() as { eraseAt: number };
    expect([eraseAt >= before + 7 * day, eraseAt <= app.s.now() + 7 * day]).toEqual([true, true]);
    const { email, password } = ada.identity;
    expect((await ada.sendsJson("/login", { email, password })).json()).toMatchObject({ user: { eraseAt: null } });
    const { events } = (await ada.opens("/settings/activity", { accept: "application/json" })).json() as { events: { event: string }[] };
    // The first two have the same time.
    expect(events.map(({ event }) => event).slice(0, 2)).toEqual(expect.arrayContaining(["deletion-cancelled", "logged-in"]));
    expect(events[2]?.event).toBe("deletion-requested");
  });

  async function users(): Promise<number> {
    return (await app.s.db.selectFrom("users").select("id").execute()).length;
  }
});
