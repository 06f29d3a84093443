/** Tests guessing at codes of authenticator apps by somebody who has the first factor and patience. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice, usesPasskey } from "../../../../test/passkeys.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, type Phone, wrongCode } from "../../../../test/two-factor.ts";

const hour = 3_600_000;
const json = { accept: "application/json" };

let app: TestApp;
beforeAll(async () => {
  app = await testApp({}, { verified: true });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

let counter = 0;
const member = () => app.person({ username: `patient${counter++}` }).isLoggedIn();
const enters = (person: Person, code: string) => person.fillsIn("/login/two-factor", { code });
const notices = async ({ identity }: Person) =>
  (await app.emails(identity.email))
    .filter(({ subject }) => subject === "Too many incorrect codes")
    .map(({ text }) => text.replaceAll(/\s+/g, " "));

/** After the first step, in a new browser. */
async function stranger({ identity }: Person): Promise<Person> {
  const person = app.person(identity);
  expect((await person.logsIn()).location).toBe("/login/two-factor");
  return person;
}

/** Enters wrong codes for some hours, ten in each. Returns how many were checked. */
async function guesses(phone: Phone, hours: number, browser: () => Promise<Person>): Promise<number> {
  let checked = 0;
  for (let i = 0; i < hours; i++) {
    for (let logins = 0; logins < 2; logins++) {
      const thief = await browser();
      // The fifth wrong code ends the login.
      for (let tries = 0; tries < 5; tries++) if ([401, 410].includes((await enters(thief, wrongCode(phone))).status)) checked++;
    }
    app.passes(hour + 1_000);
  }
  return checked;
}

describe("wrong codes over a day", () => {
  it("second step: from new devices, 30 wrong codes a day are checked, and the owner is told once", { tags: ["asvs-6.6.3"] }, async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    expect(await guesses(phone, 6, () => stranger(ada))).toBe(30);
    const [notice, ...others] = await notices(ada);
    expect([others, notice?.includes("30 incorrect codes"), notice?.includes("only on devices")]).toEqual([[], true, true]);
    expect(notice).toContain("/report-compromise?token=");
    const late = await stranger(ada);
    const refused = await enters(late, phone.code());
    expect([refused.status, Number(refused.headers.get("retry-after")) > 17 * 3_600]).toEqual([429, true]);
    expect(refused.text).toContain("Use a recovery code or another factor, or try again in 18 hours.");
    app.passes(18 * hour);
    expect(await guesses(phone, 1, () => stranger(ada))).toBe(10);
  });

  it("second step: past the limit, recovery codes and passkeys log in, and the owner's devices are not locked out", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const device = passkeyDevice();
    await addsPasskey(ada, device);
    await guesses(phone, 4, () => stranger(ada));
    expect((await ada.logsIn()).location).toBe("/login/two-factor");
    expect((await enters(ada, phone.code())).location).toBe("/dashboard");

    const byCode = await stranger(ada);
    expect((await enters(byCode, phone.code(1))).status).toBe(429);
    expect((await enters(byCode, "AAAAAA-AAAAAA-AAAAAA-AAAAA")).status).toBe(401);
    expect((await enters(byCode, phone.recoveryCodes[0] ?? "")).location).toBe("/dashboard");

    const byPasskey = await stranger(ada);
    const passkey = await usesPasskey(byPasskey, device, "two-factor", { page: "/login/two-factor" });
    const { token } = await byPasskey.opens("/login/two-factor");
    const done = await byPasskey.posts("/passkeys/verify", { csrf_token: token, purpose: "two-factor", passkey });
    expect(done.location).toBe("/dashboard");
  });

  it("second step: known devices have a limit of their own, which stops no others", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const known = async () => {
      await ada.logsIn();
      return ada;
    };
    expect(await guesses(phone, 5, known)).toBe(30);
    expect((await notices(ada)).map((text) => text.includes("no longer accepted on devices where you've logged in before"))).toEqual([
      true,
    ]);
    expect((await enters(await known(), phone.code())).status).toBe(429);
    expect((await enters(await stranger(ada), phone.code())).location).toBe("/dashboard");
  });

  it("second step: two wrong codes an hour after the right password are told at the third in a day, once a day", {
    tags: ["asvs-6.3.5"],
  }, async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const told = async () => (await app.emails(ada.identity.email)).filter(({ subject }) => subject === "Someone entered incorrect codes");
    const countsByHour: number[] = [];
    for (let hours = 0; hours < 26; hours++) {
      if (hours < 10 || hours >= 24) {
        const thief = await stranger(ada);
        for (let tries = 0; tries < 2; tries++) expect((await enters(thief, wrongCode(phone))).status).toBe(401);
        countsByHour.push((await told()).length);
      }
      app.passes(hour + 1_000);
    }
    expect(countsByHour).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
    expect((await told())[0]?.text.replaceAll(/\s+/g, " ")).toContain(
      "Someone entered your correct password at Latchkey, and then 3 incorrect codes.",
    );
  });

  it("second step: right codes do not count", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    for (let logins = 0; logins < 32; logins++) {
      app.passes(31_000);
      expect((await enters(await stranger(ada), phone.code())).location).toBe("/dashboard");
    }
    expect(await notices(ada)).toEqual([]);
  });
});

describe("wrong codes over a day, in a session", () => {
  it("re-authentication: 30 wrong codes a day are checked, a recovery code still confirms, and logins are not limited", {
    tags: ["asvs-6.6.3"],
  }, async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    app.passes(60_000);
    const statuses: number[] = [];
    for (let hours = 0; hours < 4; hours++) {
      for (let tries = 0; tries < 10; tries++)
        statuses.push((await ada.fillsIn("/confirm-password", { two_factor_code: wrongCode(phone) })).status);
      app.passes(hour + 1_000);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    expect((await notices(ada)).map((text) => text.includes("on a device that is logged in"))).toEqual([true]);
    const { token } = await ada.opens("/confirm-password");
    const headers = { ...json, "x-csrf-token": token };
    const refused = await ada.sendsJson("/confirm-password", { two_factor_code: phone.code() }, headers);
    expect([refused.status, refused.json()]).toMatchObject([429, { error: { code: "too-many-attempts" } }]);
    expect((await enters(await stranger(ada), phone.code())).location).toBe("/dashboard");
    const confirmed = await ada.sendsJson("/confirm-password", { two_factor_code: phone.recoveryCodes[0] }, headers);
    expect(confirmed.status).toBe(200);
  });
});
