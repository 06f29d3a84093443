/** Tests guessing at the second step over many logins, devices and tabs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, wrongCode } from "../../../../test/two-factor.ts";
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
});
