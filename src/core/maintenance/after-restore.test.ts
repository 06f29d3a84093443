import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { addsPhone } from "../../../test/two-factor.ts";
import { createProof, findProof } from "../identities/proofs.ts";
import { actingAs } from "../request-info.ts";
import { inTransaction } from "../services.ts";
import { findUserByName } from "../users/users.ts";
import { revokeAfterRestore } from "./after-restore.ts";

describe("restored backup", () => {
  let app: TestApp;
  beforeAll(async () => {
    // Stopped, because the next step of a code would begin during a test now and then.
    app = await testApp({}, { startsAt: Date.now() });
  });
  afterAll(() => app.close());

  it("restore: browsers that were trusted at the time of the backup are asked for the second factor again", {
    tags: ["asvs-7.4.1"],
  }, async () => {
    await app.person().signsUp();
    const user = await findUserByName(app.s, "ada");
    const now = app.s.now();
    const device = { token_hash: Buffer.from("token"), previous_hash: null, rotated_at: now, created_at: now, last_used_at: now };
    await app.s.db
      .insertInto("trusted_devices")
      .values({ ...device, id: app.s.newId(), user_id: user?.id ?? "", expires_at: now + 1_000, ip: "", user_agent: "" })
      .execute();
    const count = async () => (await app.s.db.selectFrom("trusted_devices").select("id").execute()).length;
    await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: true });
    expect(await count()).toBe(1);
    await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: false });
    expect(await count()).toBe(0);
  });

  it("restore: a recovery of two-factor authentication, which may have been cancelled since, does not go on", {
    tags: ["asvs-6.4.4"],
  }, async () => {
    await app.person({ username: "bea" }).signsUp();
    const user = await findUserByName(app.s, "bea");
    const now = app.s.now();
    await app.s.db
      .insertInto("two_factor_recoveries")
      .values({
        user_id: user?.id ?? "",
        security_version: user?.security_version ?? 0,
        started_at: now,
        due_at: now + 2_000,
        next_email_at: now + 1_000,
        link_sent: 0,
        locale: null,
      })
      .execute();
    const count = async () => (await app.s.db.selectFrom("two_factor_recoveries").select("user_id").execute()).length;
    await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: true });
    expect(await count()).toBe(1);
    await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: false });
    expect(await count()).toBe(0);
  });

  it("restore: a login with a provider that was waiting on a page, and may have been used since, does not go on", async () => {
    const login = { provider: "work", issuer: "https://login.example.com", subject: "1001", isEmailVouched: false } as const;
    const secret = "s".repeat(43);
    await inTransaction(app.s, (tx) =>
      createProof(tx, { secret, stage: "email", login: { ...login, roles: [], methods: ["provider:work"], remember: false } }),
    );
    await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: true });
    expect(await findProof(app.s, secret)).toMatchObject({ stage: "email" });
    await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: false });
    expect(await findProof(app.s, secret)).toBeUndefined();
  });

  it("restore: a code of an authenticator app that was used since does not work again, and the one after the next does", {
    tags: ["asvs-6.5.1"],
  }, async () => {
    const carol = await app.person({ username: "carol" }).isLoggedIn();
    // Forgets the used step, as a backup does.
    const phone = await addsPhone(app, carol);
    await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: false });
    const enters = async (code: string) => {
      const browser = app.person(carol.identity);
      await browser.logsIn();
      return (await browser.fillsIn("/login/two-factor", { code })).location;
    };
    expect(await enters(phone.code())).toBeNull();
    expect(await enters(phone.code(1))).toBeNull();
    app.passes(60_000);
    expect(await enters(phone.code())).toBe("/dashboard");
  });

  it("restore: recovery codes stay, and end only if that is asked for", async () => {
    const dora = await app.person({ username: "dora" }).isLoggedIn();
    const { recoveryCodes } = await addsPhone(app, dora);
    const [first = "", second = "", third = ""] = recoveryCodes;
    const enters = async (code: string) => {
      const browser = app.person(dora.identity);
      await browser.logsIn();
      return (await browser.fillsIn("/login/two-factor", { code })).location;
    };
    expect(await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: false })).toMatchObject({ recoveryCodes: 0 });
    expect(await enters(first)).toBe("/dashboard");
    const owners = app.person(dora.identity);
    await owners.logsIn();
    await owners.fillsIn("/login/two-factor", { code: second });
    expect((await owners.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    const kept = () => app.s.db.selectFrom("removed_factors").select("kind").execute();
    expect(await kept()).toEqual([{ kind: "recovery-codes" }]);
    const ended = await revokeAfterRestore(app.s, actingAs("command line"), { keepSessions: false, endRecoveryCodes: true });
    expect(ended.recoveryCodes).toBeGreaterThanOrEqual(10);
    expect([await enters(third), await kept()]).toEqual([null, []]);
  });
});
