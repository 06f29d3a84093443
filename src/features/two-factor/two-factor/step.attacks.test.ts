/** Tests guessing at the second step over many logins, devices and tabs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, untilCodesDiffer, wrongCode } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({}, { verified: true });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());
let counter = 0;
const member = () => app.person({ username: `victim${counter++}` }).isLoggedIn();
const enters = (person: Person, code: string) => person.fillsIn("/login/two-factor", { code });
const idOf = async ({ identity }: Person) => (await findUserByName(app.s, identity.username))?.id ?? "";

describe("second step", () => {
  it("second step: known devices share one limit, so that a thief who logged in from many browsers before gets no more tries", async () => {
    const ada = await member();
    // The thief knows the password, and collected known devices while two-factor authentication was off.
    const thieves = Array.from({ length: 5 }, () => app.person(ada.identity));
    for (const thief of thieves) await thief.logsIn();
    const phone = await addsPhone(app, ada);
    let tried = 0;
    for (const thief of thieves)
      for (let round = 0; round < 3; round++) {
        const begun = await thief.logsIn();
        if (begun.location !== "/login/two-factor") continue;
        for (let i = 0; i < 5; i++) if ((await enters(thief, wrongCode(phone))).status === 401) tried++;
      }
    expect(tried).toBeLessThanOrEqual(20);
  });

  it("second step: ten tries an hour an account, not ten in ten minutes", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    let tried = 0;
    for (let tens = 0; tens < 6; tens++) {
      for (let round = 0; round < 3; round++) {
        const thief = app.person(ada.identity);
        if ((await thief.logsIn()).location !== "/login/two-factor") continue;
        for (let i = 0; i < 5; i++) if ((await enters(thief, wrongCode(phone))).status === 401) tried++;
      }
      app.passes(9 * 60_000 + 59_000);
    }
    expect(tried).toBeLessThanOrEqual(20);
  });

  it("authenticator: an old code does not clear the refusal of a coming one", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const thief = app.person(ada.identity);
    await thief.logsIn();
    untilCodesDiffer(app, phone);
    const [coming, old] = [phone.code(4), phone.code(-6)];
    // A guess that hits a coming step is answered with "the clock is off", and must not be accepted later.
    expect((await enters(thief, coming)).text).toContain("minutes off");
    // A code that was seen three minutes ago.
    await enters(thief, old);
    app.passes(4 * 30_000);
    expect((await enters(thief, coming)).status).toBe(401);
  });

  it("second step: a recovery code is not used up by a login that another tab has finished", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const person = app.person(ada.identity);
    await person.logsIn();
    const { token } = await person.opens("/login/two-factor");
    app.passes(60_000);
    const send = (code: string) => person.posts("/login/two-factor", { csrf_token: token, code });
    const codes = phone.recoveryCodes.slice(0, 4);
    const answers = await Promise.all(codes.map(send));
    const used = answers.filter(({ status }) => status === 303).length;
    const rows = await app.s.db
      .selectFrom("recovery_codes")
      .select("used_at")
      .where("user_id", "=", await idOf(ada))
      .where("used_at", "is not", null)
      .execute();
    expect([used, rows.length]).toEqual([1, 1]);
  });

  it("second step: a session that skipped it and confirms by the password cannot turn it off, and its code can", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    await app.s.db
      .updateTable("sessions")
      .set({ methods: "password trusted-device" })
      .where("user_id", "=", await idOf(ada))
      .execute();
    app.passes(16 * 60_000);
    await ada.fillsIn("/confirm-password", { current_password: ada.identity.password });
    await ada.fillsIn("/settings/two-factor/off", {});
    expect((await findUserByName(app.s, ada.identity.username))?.two_factor_since).not.toBeNull();
    expect((await ada.fillsIn("/confirm-password", { two_factor_code: phone.code() })).status).toBe(303);
    await ada.fillsIn("/settings/two-factor/off", {});
    expect((await findUserByName(app.s, ada.identity.username))?.two_factor_since).toBeNull();
  });

  it("second step: a stolen session that had it needs the second factor again after a while, and not the password", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    app.passes(16 * 60_000);
    expect((await ada.opens("/settings/two-factor/off")).location).toMatch(/^\/confirm-password/);
    expect((await ada.fillsIn("/confirm-password", { current_password: ada.identity.password })).status).not.toBe(303);
    expect((await ada.fillsIn("/confirm-password", { two_factor_code: phone.code() })).status).toBe(303);
  });

  it("factors: whoever signed up with a foreign email adds none before it is verified", { tags: ["asvs-6.4.1"] }, async () => {
    const squatter = app.person({ username: `victim${counter++}` });
    await squatter.signsUp();
    await squatter.logsIn();
    await app.s.db
      .updateTable("users")
      .set({ email_verified_at: null })
      .where("id", "=", await idOf(squatter))
      .execute();
    expect((await squatter.fillsIn("/settings/two-factor/authenticator", {})).location).toMatch(/^\/verify-email\?/);
    const { csrfToken } = (await squatter.opens("/settings/display-name", { accept: "application/json" })).json() as { csrfToken: string };
    for (const path of ["/settings/two-factor/authenticator", "/settings/passkeys/options", "/settings/passkeys"]) {
      const answer = await squatter.sendsJson(path, {}, { "x-csrf-token": csrfToken });
      expect([path, answer.status, answer.json()]).toMatchObject([path, 403, { error: { code: "email-verification-required" } }]);
    }
  });
});
