import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atOnce } from "../../../test/at-once.ts";
import { type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { hashPassword } from "../credentials/password/passwords.ts";
import { actingAs } from "../request-info.ts";
import { inTransaction } from "../services.ts";
import { signIn } from "../sign-in/sign-in.ts";
import { grantRole, isRole, revokeRole } from "../users/roles.ts";
import { findUserByName, toUser } from "../users/users.ts";
import { disableUser, enableUser, endSessionsByAdmin, eraseByAdmin, replacePassword, verifyEmailByAdmin } from "./admin-actions.ts";

const info = actingAs("command line");

describe("admin actions", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  async function member(username: string) {
    const person = await app.person({ username }).isLoggedIn();
    const row = await findUserByName(app.s, username);
    if (!row) throw new Error("There is no account.");
    return { person, id: row.id };
  }

  /** Hashes and statements of a login. */
  async function costOf(username: string, password?: string): Promise<unknown> {
    app.resetRecords();
    await app.person({ username }).logsIn(password === undefined ? {} : { password });
    return { hashes: [...app.hashes], queries: app.queries.map(({ sql }) => sql) };
  }

  it("disable account: sessions end, and the right password gets the same response and cost as a wrong one", {
    tags: ["asvs-7.4.2", "asvs-6.3.8"],
  }, async () => {
    const { person, id } = await member("shut");
    const wrong = await app.person({ username: "shut" }).logsIn({ password: "not this one" });
    const costOfWrong = await costOf("shut", "not this one");
    expect(await disableUser(app.s, id, info)).toBe(true);
    expect((await person.opens("/dashboard")).status).toBe(303);
    const right = await app.person({ username: "shut" }).logsIn();
    expect([right.status, right.text]).toEqual([wrong.status, wrong.text]);
    expect(await costOf("shut")).toEqual(costOfWrong);
    expect(await disableUser(app.s, id, info)).toBe(false);
    expect(await enableUser(app.s, id, info)).toBe(true);
    expect((await app.person({ username: "shut" }).logsIn()).status).toBe(303);
  });

  it("disable account: a password reset by email does not enable it", async () => {
    const { id } = await member("stubborn");
    await disableUser(app.s, id, info);
    const person = app.person({ username: "stubborn" });
    await person.fillsIn("/reset-password", { email: "stubborn@example.com" });
    const [sent] = await app.emails("stubborn@example.com");
    const token = /token=([\w-]+)/.exec(sent?.text ?? "")?.[1] ?? "";
    await person.opens(`/reset-password/choose?token=${token}`);
    await person.fillsIn("/reset-password/choose", { password: "nine grey herons", confirm_password: "nine grey herons" });
    expect((await person.logsIn({ password: "nine grey herons" })).status).toBe(401);
  });

  it("end sessions: the session of a login that commits at the same time ends too", { tags: ["asvs-15.4.2"] }, async () => {
    const { id } = await member("at-once");
    const user = await findUserByName(app.s, "at-once");
    if (!user) throw new Error("There is no account.");
    const login = (holds: () => Promise<void>) =>
      inTransaction(app.s, async (tx) => {
        const result = await signIn(tx, { user, methods: ["password"] }, { remember: true, info: requestFrom("203.0.113.9") });
        await holds();
        return result;
      });
    const [loggedIn, ended] = await atOnce(app.s, login, () => endSessionsByAdmin(app.s, id, info));
    expect([loggedIn.ok, ended]).toEqual([true, 2]);
    expect(await app.s.db.selectFrom("sessions").select("user_id").where("user_id", "=", id).execute()).toEqual([]);
  });

  it("replace password: sessions end, and only the new password logs in", { tags: ["asvs-7.4.3"] }, async () => {
    const { person, id } = await member("replaced");
    expect(await replacePassword(app.s, id, await hashPassword(app.s, "nine grey herons", {}), info)).toBe(true);
    expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await person.logsIn()).status).toBe(401);
    expect((await person.logsIn({ password: "nine grey herons" })).status).toBe(303);
    expect(await replacePassword(app.s, "nobody", "x", info)).toBe(false);
  });

  it("roles: are granted and revoked once, and invalid names throw", { tags: ["asvs-8.2.1"] }, async () => {
    const { id } = await member("roles");
    const roles = async () => toUser((await findUserByName(app.s, "roles")) ?? (undefined as never)).roles;
    expect(await grantRole(app.s, id, "editor", info)).toBe(true);
    expect(await grantRole(app.s, id, "admin", info)).toBe(true);
    expect(await grantRole(app.s, id, "editor", info)).toBe(false);
    expect(await roles()).toEqual(["admin", "editor"]);
    expect(await revokeRole(app.s, id, "editor", info)).toBe(true);
    expect(await revokeRole(app.s, id, "editor", info)).toBe(false);
    expect(await roles()).toEqual(["admin"]);
    for (const name of ["", "Admin", "a,b", "a b", "é", "a".repeat(41), "-a"]) {
      expect(isRole(name), name).toBe(false);
      expect(() => grantRole(app.s, id, name, info)).toThrow(TypeError);
    }
    await Promise.all(["one", "two", "three"].map((role) => grantRole(app.s, id, role, info)));
    expect(await roles()).toEqual(["admin", "one", "three", "two"]);
  });

  it("admin actions: each is an audit event with the actor", { tags: ["asvs-16.2.1"] }, async () => {
    const { person, id } = await member("recorded");
    await verifyEmailByAdmin(app.s, id, info);
    await endSessionsByAdmin(app.s, id, info);
    await grantRole(app.s, id, "editor", info);
    const rows = await app.s.db.selectFrom("audit").select(["event", "actor"]).where("user_id", "=", id).orderBy("id").execute();
    expect(rows.filter(({ actor }) => actor === "command line").map(({ event }) => event)).toEqual([
      "email-verified-by-admin",
      "sessions-ended-by-admin",
      "role-granted",
    ]);
    await person.logsIn();
    expect((await person.opens("/settings/activity")).text).toContain("Role added by an administrator");
    expect(await eraseByAdmin(app.s, id, info)).toBe(true);
    expect(await eraseByAdmin(app.s, id, info)).toBe(false);
    expect((await person.opens("/dashboard")).status).toBe(303);
  });
});
