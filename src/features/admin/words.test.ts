// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, shortMonths, wordsOutside } from "../../../test/pseudo.ts";
import { actingAs } from "../../core/request-info.ts";
import { grantRole } from "../../core/users/roles.ts";
import { findUserByName } from "../../core/users/users.ts";

const data = ["ada@example.com", "ada", "grace@example.com", "grace", "admin", "Latchkey", "node", ...shortMonths];
const outside = (rendered: Rendered) => wordsOutside(rendered, data);
const mainOf = (html: string) => (/<main[\s\S]*<\/main>/.exec(html)?.[0] ?? "").replaceAll(/<code>[^<]*<\/code>/g, "");

describe("admin: text outside of messages", () => {
  let app: TestApp;
  let ada: Person;
  let ids: Record<"ada" | "grace", string>;
  beforeAll(async () => {
    app = await testApp({}, { locale: "pseudo", verified: true });
    ada = await app.person().isLoggedIn();
    await app.person({ username: "grace" }).isLoggedIn();
    const idOf = async (name: string) => (await findUserByName(app.s, name))?.id ?? "";
    ids = { ada: await idOf("ada"), grace: await idOf("grace") };
    await grantRole(app.s, ids.ada, "admin", actingAs("command line"));
    await app.s.db.deleteFrom("outbox").execute();
    await app.s.db
      .insertInto("outbox")
      .values({
        id: app.s.newId(),
        user_id: ids.grace,
        message: null,
        attempts: 9,
        created_at: app.s.now(),
        due_at: null,
        failed_at: app.s.now(),
        failure: null,
      })
      .execute();
  });
  afterAll(() => app.close());

  const fill = async (fields: Record<string, string>) => {
    const { token } = await ada.opens(`/admin/user?id=${fields["id"]}`);
    return ada.posts("/admin/user", { csrf_token: token, ...fields });
  };

  it("admin: users, audit log, failed emails and each state of a user show no text outside of messages", async () => {
    const asks = [
      "disable",
      "delete",
      "end-sessions",
      "verify-email",
      "send-reset",
      "grant&role=admin",
      "revoke&role=admin",
      "grant&role=A",
    ];
    for (const path of [
      "/admin",
      "/admin?search=nobody",
      "/admin?search=a&sort=email&order=desc",
      "/admin/failed-emails",
      "/admin/charts",
      "/admin/events?user=nobody",
      "/admin/events?event=nothing",
      `/admin/user?id=${ids.ada}`,
      ...asks.map((ask) => `/admin/user/confirm?id=${ids.grace}&act=${ask}`),
    ])
      expect(outside(mainOf((await ada.opens(path)).html)), path).toEqual([]);
    for (const act of ["send-reset", "end-sessions", "disable"]) expect((await fill({ id: ids.grace, act })).status, act).toBe(303);
    await app.s.db
      .updateTable("users")
      .set({ email_verified_at: null, erase_at: 1, compromised_at: 1 })
      .where("id", "=", ids.grace)
      .execute();
    for (const path of ["/admin", "/admin/events", `/admin/user?id=${ids.grace}`])
      expect(outside(mainOf((await ada.opens(path)).html)), path).toEqual([]);
  });

  it("admin: errors show no text outside of messages, as pages and as JSON", async () => {
    for (const fields of [{ act: "grant", role: "Not A Role" }, { act: "nonsense" }, { act: "disable", id: ids.ada }]) {
      const answer = await fill({ id: ids.grace, ...fields });
      expect(answer.status).toBe(422);
      expect(outside(mainOf(answer.html).replace('value="Not A Role"', "")), fields.act).toEqual([]);
    }
    const unknown = await ada.opens("/admin/user?id=none", { accept: "application/json" });
    expect([unknown.status, outside(unknown.json() as object)]).toEqual([404, []]);
  });
});
