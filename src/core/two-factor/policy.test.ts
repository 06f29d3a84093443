import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { readSettings } from "../../config/load.ts";
import { forgetPolicy } from "../maintenance/forget-policy.ts";
import type { Services } from "../services.ts";
import type { User } from "../users/user.ts";
import { enrolmentOf, isCovered, mayTurnOff } from "./policy.ts";

const day = 24 * 3_600_000;

let app: TestApp;
let at = 0;
beforeAll(async () => {
  app = await testApp();
});
beforeEach(async () => {
  at = Date.UTC(2030, 0, 1);
  await forgetPolicy(app.s);
});
afterAll(() => app.close());

/** A process that has started with this policy. */
function startedWith(policy: string, grace = "7d"): Services {
  const { twoFactor, twoFactorGraceMs } = readSettings({ TWO_FACTOR: policy, TWO_FACTOR_GRACE: grace, NODE_ENV: "test" });
  return { ...app.s, now: () => at, settings: { ...app.s.settings, twoFactor, twoFactorGraceMs } };
}

const user = (given: Partial<User> = {}) =>
  ({ id: "x", roles: [], createdAt: Date.UTC(2020, 0, 1), twoFactorSince: null, ...given }) as unknown as User;
const admin = user({ roles: ["admin"] });

describe("two-factor policy", () => {
  it("two-factor policy: covers nobody, administrators, everyone or roles", () => {
    const covered = (policy: string) =>
      [user(), admin, user({ roles: ["staff"] }), user({ roles: ["staff-readers"] })].map((each) => isCovered(startedWith(policy), each));
    expect(covered("optional")).toEqual([false, false, false, false]);
    expect(covered("admins")).toEqual([false, true, false, false]);
    expect(covered("all")).toEqual([true, true, true, true]);
    expect(covered("role:staff, support")).toEqual([false, false, true, false]);
    expect([mayTurnOff(startedWith("admins"), admin), mayTurnOff(startedWith("admins"), user())]).toEqual([false, true]);
  });

  it.each(["", "none", "admin", "role:", "role:Staff", "role:a,", "all,role:a"])("two-factor policy: %j is refused", (policy) => {
    if (policy === "") expect(readSettings({ TWO_FACTOR: policy, NODE_ENV: "test" }).twoFactor).toEqual([]);
    else expect(() => readSettings({ TWO_FACTOR: policy, NODE_ENV: "test" })).toThrow("TWO_FACTOR must be optional, admins, all, or role:");
  });

  it("two-factor policy: the grace time runs from the start of the policy, across restarts", async () => {
    const began = at;
    expect(await enrolmentOf(startedWith("all"), user())).toMatchObject({ until: began + 7 * day, isOver: false });
    at += 3 * day;
    expect(await enrolmentOf(startedWith("all"), user())).toMatchObject({ until: began + 7 * day, isOver: false });
    at = began + 7 * day;
    expect(await enrolmentOf(startedWith("all"), user())).toMatchObject({ until: began + 7 * day, isOver: true });
    expect(await enrolmentOf(startedWith("all"), user({ twoFactorSince: began }))).toBeUndefined();
    expect(await enrolmentOf(startedWith("all", "0"), user({ createdAt: at }))).toMatchObject({ until: at, isOver: true });
  });

  it("two-factor policy: the grace time of a later account runs from its creation", async () => {
    await enrolmentOf(startedWith("all"), user());
    at += 100 * day;
    expect(await enrolmentOf(startedWith("all"), user({ createdAt: at }))).toMatchObject({ until: at + 7 * day, isOver: false });
  });

  it("two-factor policy: a start or an account from a clock that was ahead does not put it off", { tags: ["asvs-6.3.3"] }, async () => {
    const today = at;
    at += 1_000 * day;
    const ahead = user({ createdAt: at });
    await enrolmentOf(startedWith("all"), user());
    at = today;
    expect(await enrolmentOf(startedWith("all"), user())).toMatchObject({ until: today + 7 * day, isOver: false });
    expect(await enrolmentOf(startedWith("all"), ahead)).toMatchObject({ until: today + 7 * day });
    at += 7 * day;
    for (const each of [user(), ahead]) expect(await enrolmentOf(startedWith("all"), each)).toMatchObject({ isOver: true });
  });

  it("two-factor policy: a wider policy starts anew for the accounts that it adds only", async () => {
    const began = at;
    await enrolmentOf(startedWith("admins"), admin);
    at += 100 * day;
    const wider = startedWith("all");
    expect(await enrolmentOf(wider, user())).toMatchObject({ until: at + 7 * day, isOver: false });
    expect(await enrolmentOf(wider, admin)).toMatchObject({ until: began + 7 * day, isOver: true });
    // Narrower again: the start of all accounts is that of a role among them.
    const widened = at;
    at += 50 * day;
    const narrower = startedWith("role:staff,admin");
    expect(await enrolmentOf(narrower, user({ roles: ["staff"] }))).toMatchObject({ until: widened + 7 * day, isOver: true });
    expect(await enrolmentOf(narrower, admin)).toMatchObject({ until: began + 7 * day, isOver: true });
    expect(await enrolmentOf(narrower, user())).toBeUndefined();
  });

  it("two-factor policy: one that was off in between starts anew", async () => {
    await enrolmentOf(startedWith("all"), user());
    at += 100 * day;
    await forgetPolicy(startedWith("optional"));
    expect(await enrolmentOf(startedWith("all"), user())).toMatchObject({ until: at + 7 * day, isOver: false });
  });

  it("two-factor policy: of two processes that start at once, both use the same start", async () => {
    const one = startedWith("all");
    const other = { ...startedWith("all"), now: () => at + 5_000 };
    const [first, second] = await Promise.all([enrolmentOf(one, user()), enrolmentOf(other, user())]);
    expect(first?.until).toBe(second?.until);
  });

  it("two-factor policy: a start that could not be stored is stored by the next request", async () => {
    let failures = 1;
    const started = startedWith("all");
    const db = new Proxy(started.db, {
      get: (target, key) => {
        if (key === "transaction" && failures-- > 0) throw new Error("The database cannot be reached.");
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const s = { ...started, db };
    await expect(enrolmentOf(s, user())).rejects.toThrow("cannot be reached");
    expect(await enrolmentOf(s, user())).toMatchObject({ until: at + 7 * day, isOver: false });
  });

  it("two-factor policy: without one, nothing is read", async () => {
    app.resetRecords();
    expect(await enrolmentOf(startedWith("optional"), admin)).toBeUndefined();
    expect(app.queries).toEqual([]);
  });
});
