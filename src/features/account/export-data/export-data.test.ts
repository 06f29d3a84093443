import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { transactional } from "../../../../test/transaction.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { findUserByName } from "../../../core/users/users.ts";

const record = transactional(recordEvent);

describe("export data", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("export: the file has the account's data, and no hash or token", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    await app.person({ username: "eve" }).isLoggedIn();
    const userId = (await findUserByName(app.s, "ada"))?.id ?? "";
    await app.s.db.insertInto("imports").values({ id: "flask:17", user_id: userId, imported_at: app.s.now(), digest: "" }).execute();
    const answer = await ada.fillsIn("/settings/export", {});
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="latchkey-[a-z0-9-]+-\d{4}-\d\d-\d\d\.json"$/);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const data = answer.json() as {
      account: object;
      events: { event: string }[];
      sessions: object[];
      pendingLinks: object[];
      imports: object[];
      emails: { subject: string }[];
    };
    expect(data.account).toMatchObject({
      username: "ada",
      email: "ada@example.com",
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(data.events.map(({ event }) => event)).toEqual(["exported", "logged-in", "signed-up"]);
    expect([data.sessions.length, data.pendingLinks.length]).toEqual([1, 1]);
    expect(data.imports).toEqual([{ id: "flask:17", importedAt: expect.stringMatching(/^\d{4}-.*Z$/), sourceCreatedAt: null }]);
    expect(data.emails.map(({ subject }) => subject)).toEqual(["Verify your email for Latchkey"]);
    const account = await findUserByName(app.s, "ada");
    expect(account?.password_hash).toBeTruthy();
    expect(answer.html).not.toContain(account?.password_hash);
    expect(answer.html).not.toContain(ada.cookies.get("latchkey_session"));
    // IDs are random base64url, which contains four letters by chance.
    expect(answer.html).not.toMatch(/"\w*hash\w*":|\$argon2|eve@/i);
  });

  it("export: a long activity is read in batches and is complete", async () => {
    const lee = await app.person({ username: "lee" }).isLoggedIn();
    const { id } = await app.s.db.selectFrom("users").select("id").where("username", "=", "lee").executeTakeFirstOrThrow();
    const origin = requestFrom("203.0.113.1");
    for (let i = 0; i < 1_000; i++) await record(app.s, id, "login-failed", origin);
    const { token } = await lee.opens("/settings/export");
    app.resetRecords();
    const { events } = (await lee.posts("/settings/export", { csrf_token: token })).json() as { events: { id: string; at: string }[] };
    expect(new Set(events.map((event) => event.id)).size).toBe(1_003);
    for (const [i, { id: each }] of events.entries()) expect(each > (events[i + 1]?.id ?? ""), each).toBe(true);
    expect(app.queries.filter(({ sql }) => /^select .* from "audit" /.test(sql))).toHaveLength(3);
  });

  it("export: JSON requests get the same file", async () => {
    const max = await app.person({ username: "max" }).isLoggedIn();
    const { csrfToken } = (await max.opens("/settings/export", { accept: "application/json" })).json() as { csrfToken: string };
    const answer = await max.sendsJson("/settings/export", {}, { "x-csrf-token": csrfToken });
    expect(answer.json()).toMatchObject({ account: { username: "max", eraseAt: null }, events: [{ event: "exported" }, {}, {}] });
  });

  it("export: it needs a POST and recent authentication", { tags: ["asvs-7.5.3"] }, async () => {
    const kay = await app.person({ username: "kay" }).isLoggedIn();
    expect((await kay.opens("/settings/export")).headers.get("content-disposition")).toBeNull();
    app.passes(15 * 60_000 + 1_000);
    expect((await kay.opens("/settings/export")).location).toBe("/confirm-password?next=%2Fsettings%2Fexport");
    expect((await kay.sends("POST", "/settings/export")).status).toBe(403);
  });
});
