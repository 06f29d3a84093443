import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { actingAs, type RequestInfo } from "../../request-info.ts";
import { findUserByEmail } from "../../users/users.ts";
import { tryPassword } from "./attempt.ts";

describe("password attempts", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  async function signedUp(username: string) {
    await app.person({ username, email: `${username}@example.com` }).isLoggedIn();
    return `${username}@example.com`;
  }
  const wrongOnes = async (info: RequestInfo, email: string, count: number) => {
    const reasons: string[] = [];
    for (let i = 0; i < count; i++) {
      const tried = await tryPassword(app.s, info, { kind: "email", text: email }, "not the password");
      reasons.push(tried.ok ? "right" : tried.reason);
    }
    return reasons;
  };
  const budgets = async () => {
    const rows = await app.s.db.selectFrom("rate_limits").select("budget").where("budget", "like", "login-%").execute();
    return new Set(rows.map(({ budget }) => budget.split(":")[0]));
  };

  it("tryPassword: a command without a network spends the account's budget and no network's", { tags: ["asvs-6.3.1"] }, async () => {
    const email = await signedUp("ada");
    // Deletes the released counts of the login above.
    await app.s.db.deleteFrom("rate_limits").execute();
    const { count } = app.s.settings.loginPerAccount;
    const reasons = await wrongOnes(actingAs("command line"), email, count + 1);
    expect([reasons.indexOf("too-many"), reasons.length]).toEqual([count, count + 1]);
    expect(await budgets()).toEqual(new Set(["login-account", "login-site"]));
    const user = await findUserByEmail(app.s, email);
    const rows = await app.s.db
      .selectFrom("audit")
      .select(["event", "actor"])
      .where("user_id", "=", user?.id ?? "")
      .where("event", "like", "login-%")
      .execute();
    expect(rows).toHaveLength(count + 1);
    expect(rows.every(({ actor }) => actor === "command line")).toBe(true);
  });

  it("tryPassword: a known device is not locked out by failures from elsewhere", { tags: ["asvs-6.3.1"] }, async () => {
    const email = await signedUp("grace");
    const stranger = requestFrom("203.0.113.7");
    expect((await wrongOnes(stranger, email, app.s.settings.loginPerAccount.count + 1)).at(-1)).toBe("too-many");
    const owner = { ...stranger, knownDevice: () => "the device of grace" };
    expect(await wrongOnes(owner, email, 1)).toEqual(["wrong"]);
  });
});
