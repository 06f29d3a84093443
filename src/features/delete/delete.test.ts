import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { sweepOnce } from "../../core/sweep.ts";

const day = 24 * 3_600_000;

describe("delete", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.close());

  it("erases an account after seven days, and makes its records anonymous [ASVS 7.4.2]", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const elsewhere = app.person({ username: "ada" });
    await elsewhere.logsIn();
    const answer = await ada.fillsIn("/settings/delete", { username: "ADA" });
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    expect((await ada.opens("/")).text).toContain("Your account will be deleted on");
    for (const person of [ada, elsewhere]) expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await app.letters("ada@example.com"))[0]?.subject).toBe("Your account will be deleted");

    app.passes(7 * day - 60_000);
    await sweepOnce(app.s);
    expect(await users()).toBe(1);
    app.passes(120_000);
    await sweepOnce(app.s);
    expect(await users()).toBe(0);
    const records = await app.s.db.selectFrom("audit").selectAll().execute();
    expect(records.length).toBeGreaterThan(3);
    for (const record of records) expect([record.user_id, record.address, record.user_agent]).toEqual([null, "", ""]);
    expect(await app.s.db.selectFrom("tokens").selectAll().execute()).toEqual([]);
    expect((await app.person({ username: "ada" }).signsUp()).status).toBe(303);
  });

  it("is taken back by logging in before that", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    await ada.fillsIn("/settings/delete", { username: "ada" });
    app.passes(6 * day);
    await ada.logsIn();
    expect((await ada.opens("/dashboard")).text).toContain("Your account will not be deleted: logging in has cancelled it.");
    app.passes(2 * day);
    await sweepOnce(app.s);
    expect(await users()).toBe(1);
  });

  it("wants the person's own name, and a password given just now [ASVS 7.5.3]", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    for (const username of ["", "eve", "ada@example.com"]) expect((await ada.fillsIn("/settings/delete", { username })).status).toBe(422);
    expect((await ada.posts("/settings/delete", { username: "ada" })).status).toBe(403);
    app.passes(15 * 60_000 + 1_000);
    const { token } = await ada.opens("/settings");
    expect((await ada.posts("/settings/delete", { csrf_token: token, username: "ada" })).text).toContain("Confirm that it is you");
    const row = await app.s.db.selectFrom("users").select("erase_at").executeTakeFirstOrThrow();
    expect(row.erase_at).toBeNull();
  });

  it("happens at once where the operator says so", async () => {
    const atOnce = await testApp({ ERASE_AFTER: "0" });
    const ada = await atOnce.person({ username: "ada" }).isLoggedIn();
    expect((await ada.opens("/settings/delete")).text).toContain("erased at once");
    await ada.fillsIn("/settings/delete", { username: "ada" });
    expect((await ada.opens("/")).text).toContain("Your account is deleted.");
    expect((await ada.logsIn()).status).toBe(401);
    await atOnce.close();
  });

  async function users(): Promise<number> {
    return (await app.s.db.selectFrom("users").select("id").execute()).length;
  }
});
