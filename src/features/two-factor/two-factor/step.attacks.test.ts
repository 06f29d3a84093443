/** Tests guessing at the second step over many logins, devices and tabs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice, usesPasskey } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, untilCodesDiffer, wrongCode } from "../../../../test/two-factor.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { inTransaction } from "../../../core/services.ts";
import { replaceRecoveryCodes } from "../../../core/two-factor/recovery-codes.ts";
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

  it("second step: a device of before two-factor authentication does not spend the limit of the owner's devices", {
    tags: ["asvs-6.3.1"],
  }, async () => {
    const ada = await member();
    const thief = app.person(ada.identity);
    await thief.logsIn();
    const old = app.person(ada.identity);
    await old.logsIn();
    const phone = await addsPhone(app, ada);
    const stranger = app.person(ada.identity);
    for (const each of [thief, stranger, thief, stranger]) {
      await each.logsIn();
      for (let i = 0; i < 5; i++) await enters(each, wrongCode(phone));
    }
    // The browser that has turned it on, after its session has ended.
    await ada.logsOut();
    await ada.logsIn();
    expect((await enters(ada, phone.recoveryCodes[0] ?? "")).location).toBe("/dashboard");
    await ada.logsOut();
    await ada.logsIn();
    expect((await enters(ada, phone.code())).location).toBe("/dashboard");
    // The limits of passwords still know every browser of before.
    for (let i = 0; i < 11; i++) await app.person(ada.identity).logsIn({ password: "not this one" });
    expect((await app.person(ada.identity).logsIn()).status).toBe(429);
    expect((await old.logsIn()).location).toBe("/login/two-factor");
  });

  it("second step: a browser that has only reset the password is not known there", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const reader = app.person(ada.identity);
    await reader.fillsIn("/reset-password", { email: ada.identity.email });
    const sent = (await app.emails(ada.identity.email)).find(({ kind }) => kind === "password-reset-link");
    const opened = await reader.opens(linkIn(sent, "/reset-password/choose"));
    const chosen = "nine grey herons";
    expect((await reader.fillsIn(opened.location ?? "", { password: chosen, confirm_password: chosen })).status).toBe(303);
    const stranger = app.person({ ...ada.identity, password: chosen });
    for (let logins = 0; logins < 2; logins++) {
      await stranger.logsIn();
      for (let i = 0; i < 5; i++) await enters(stranger, wrongCode(phone));
    }
    expect((await reader.logsIn({ password: chosen })).location).toBe("/login/two-factor");
    expect((await enters(reader, phone.code())).status).toBe(429);
  });

  it("second step: wrong codes of an app stop neither recovery codes nor passkeys of clients that are never known", {
    tags: ["asvs-6.3.1"],
  }, async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const device = passkeyDevice();
    await addsPasskey(ada, device);
    const { email, password } = ada.identity;
    const begins = async () =>
      ((await app.person().sendsJson("/login", { email, password, session: "token" })).json() as { pending: string }).pending;
    const sends = async (pending: string, code: string) => app.person().sendsJson("/login/two-factor", { pending, code });
    for (let logins = 0; logins < 2; logins++) {
      const pending = await begins();
      for (let i = 0; i < 5; i++) await sends(pending, wrongCode(phone));
    }
    expect((await sends(await begins(), phone.code())).status).toBe(429);
    const byPasskey = app.person(ada.identity);
    await byPasskey.logsIn();
    const passkey = await usesPasskey(byPasskey, device, "two-factor", { page: "/login/two-factor" });
    const { token } = await byPasskey.opens("/login/two-factor");
    expect((await byPasskey.posts("/passkeys/verify", { csrf_token: token, purpose: "two-factor", passkey })).location).toBe("/dashboard");
    expect((await sends(await begins(), phone.recoveryCodes[0] ?? "")).status).toBe(200);
  });

  it("second step: wrong recovery codes stop those from other networks no more", { tags: ["asvs-6.3.1"] }, async () => {
    const behindProxy = await testApp({ TRUST_PROXY: "127.0.0.1" }, { verified: true });
    const ada = await behindProxy.person().isLoggedIn();
    const phone = await addsPhone(behindProxy, ada);
    const from = (ip: string) => behindProxy.person(ada.identity, { "x-forwarded-for": ip });
    for (let logins = 0; logins < 2; logins++) {
      const thief = from("203.0.113.9");
      await thief.logsIn();
      for (let i = 0; i < 5; i++) await enters(thief, "AAAAAA-AAAAAA-AAAAAA-AAAAA");
    }
    const again = from("203.0.113.9");
    await again.logsIn();
    expect((await enters(again, "AAAAAA-AAAAAA-AAAAAA-AAAAA")).status).toBe(429);
    const owner = from("198.51.100.7");
    await owner.logsIn();
    expect((await enters(owner, phone.recoveryCodes[0] ?? "")).location).toBe("/dashboard");
    await behindProxy.close();
  });

  it("second step: short recovery codes of another app are guessed ten times an hour, from all networks together", {
    tags: ["asvs-6.6.3"],
  }, async () => {
    const behindProxy = await testApp({ TRUST_PROXY: "127.0.0.1" }, { verified: true });
    const ada = await behindProxy.person().isLoggedIn();
    await addsPhone(behindProxy, ada);
    const id = (await findUserByName(behindProxy.s, ada.identity.username))?.id ?? "";
    await inTransaction(behindProxy.s, async (tx) => {
      const account = await lockAccount(tx, id);
      if (account) await replaceRecoveryCodes(tx, account, ["12345678"]);
    });
    const first: number[] = [];
    for (const network of [1, 2, 3]) {
      const thief = behindProxy.person(ada.identity, { "x-forwarded-for": `203.0.113.${network}` });
      await thief.logsIn();
      first.push((await enters(thief, "8765-4321")).status);
      for (let i = 1; i < 5; i++) await enters(thief, "8765-4321");
    }
    expect(first).toEqual([401, 401, 429]);
    await behindProxy.close();
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
