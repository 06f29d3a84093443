/** Tests attacks on recovering two-factor authentication by whoever reads the inbox. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { type Answer, linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, type Phone } from "../../../../test/two-factor.ts";
import { lockAccount } from "../../../core/credentials/guard-change.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { setPassword } from "../../../core/credentials/password/set.ts";
import { inTransaction } from "../../../core/services.ts";
import { findUserByName } from "../../../core/users/users.ts";

const chosen = "nine grey herons";
const changedTo = "seven brown otters";
const blocked = "You set your password with an emailed link";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ RECOVERY_BY_EMAIL: "1d", EMAIL_LOGIN: "on", LIMIT_EMAILS_PER_IP: "1000/1h" }, { verified: true });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

let counter = 0;

/** A user with an authenticator app. */
async function owner(): Promise<Person & { phone: Phone & { recoveryCodes: readonly string[] } }> {
  const person = await app.person({ username: `inbox${counter++}` }).isLoggedIn();
  return Object.assign(person, { phone: await addsPhone(app, person) });
}

/** Sets the password by an emailed link, in a browser that has the inbox alone. */
async function resets({ identity }: Person): Promise<Person> {
  app.passes(60_000);
  const reader = app.person({ ...identity, password: chosen });
  await reader.fillsIn("/reset-password", { email: identity.email });
  const sent = (await app.emails(identity.email)).find(({ kind }) => kind === "password-reset-link");
  const opened = await reader.opens(linkIn(sent, "/reset-password/choose"));
  expect((await reader.fillsIn(opened.location ?? "", { password: chosen, confirm_password: chosen })).status).toBe(303);
  return reader;
}

/** Logs in with the password, and says whether the page offers a recovery by email. */
async function isOffered(person: Person): Promise<boolean> {
  expect((await person.logsIn()).location).toBe("/login/two-factor");
  const { recoverByEmail } = (await person.opens("/login/recover", { accept: "application/json" })).json() as { recoverByEmail: boolean };
  return recoverByEmail;
}

const recoveryEmails = async ({ identity }: Person) =>
  (await app.emails(identity.email)).filter(({ kind }) => kind?.startsWith("two-factor-recovery")).length;

describe("recovery by email that a thief with the password asks for", () => {
  it("recovery: a thief's links of a day leave those of the owner's known devices", { tags: ["asvs-6.3.1"] }, async () => {
    const ada = await owner();
    const { cookies } = ada;
    const thief = app.person(ada.identity);
    await thief.logsIn();
    for (let i = 0; i < 3; i++) expect((await thief.fillsIn("/login/recover", {})).status).toBe(303);
    expect((await thief.fillsIn("/login/recover", {})).status).toBe(429);
    const lost = app.person(ada.identity);
    for (const [name, value] of cookies) if (name.includes("device")) lost.cookies.set(name, value);
    expect((await lost.logsIn()).location).toBe("/login/two-factor");
    for (let i = 0; i < 3; i++) expect((await lost.fillsIn("/login/recover", {})).status).toBe(303);
    expect((await lost.fillsIn("/login/recover", {})).status).toBe(429);
  });
});

describe("recovery with a password that an emailed link has set", () => {
  it("recovery: a reader of the inbox who resets the password is sent to an administrator", { tags: ["asvs-6.4.4"] }, async () => {
    const ada = await owner();
    const reader = await resets(ada);
    expect(await isOffered(reader)).toBe(false);
    expect((await reader.opens("/login/recover")).text).toContain(blocked);
    const refused = await reader.fillsIn("/login/recover", {});
    expect([refused.status, refused.text.includes(blocked)]).toEqual([403, true]);
    expect(await recoveryEmails(ada)).toBe(0);
  });

  it("recovery: after a login by an emailed code, its user is led to a login with the password", { tags: ["asvs-6.4.4"] }, async () => {
    const ada = await owner();
    const lost = app.person(ada.identity);
    await lost.fillsIn("/login/code", { email: ada.identity.email });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails(ada.identity.email)).find(({ kind }) => kind === "login-code")?.text ?? "")?.[1];
    expect((await lost.fillsIn("/login/code", { code: code ?? "" })).location).toBe("/login/two-factor");
    expect((await lost.opens("/login/recover")).text).toContain("First log in with your password.");
    expect((await lost.fillsIn("/login/recover", {})).status).toBe(403);
    expect(await recoveryEmails(ada)).toBe(0);
    expect(await isOffered(lost)).toBe(true);
  });

  it.each<[string, (code: { phone: Phone; recoveryCodes: readonly string[] }) => string]>([
    ["the app", ({ phone }) => phone.code()],
    ["a recovery code", ({ recoveryCodes: [first = ""] }) => first],
  ])("recovery: it is offered again after a login with %s", async (_, codeOf) => {
    const ada = await owner();
    const back = await resets(ada);
    app.passes(60_000);
    await back.logsIn();
    const { phone } = ada;
    expect((await back.fillsIn("/login/two-factor", { code: codeOf({ phone, ...phone }) })).location).toBe("/dashboard");
    expect(await isOffered(app.person(back.identity))).toBe(true);
  });

  it.each<[string, (ada: Awaited<ReturnType<typeof owner>>, device: ReturnType<typeof passkeyDevice>) => Promise<Answer>]>([
    ["a passkey", (ada, device) => logsInByPasskey(app.person(ada.identity), device)],
    [
      "a code by email and the app",
      async (ada) => {
        const person = app.person(ada.identity);
        await person.fillsIn("/login/code", { email: ada.identity.email });
        const code = /^ {4}(\d{6})$/m.exec(
          (await app.emails(ada.identity.email)).find(({ kind }) => kind === "login-code")?.text ?? "",
        )?.[1];
        expect((await person.fillsIn("/login/code", { code: code ?? "" })).location).toBe("/login/two-factor");
        return person.fillsIn("/login/two-factor", { code: ada.phone.code() });
      },
    ],
  ])(
    "recovery: the owner's login with %s does not make the password of the reader the owner's",
    { tags: ["asvs-6.4.4"] },
    async (_, logsIn) => {
      const ada = await owner();
      const device = passkeyDevice();
      expect((await addsPasskey(ada, device)).status).toBe(303);
      const reader = await resets(ada);
      app.passes(60_000);
      expect((await logsIn(ada, device)).location).toBe("/dashboard");
      expect(await isOffered(app.person(reader.identity))).toBe(false);
      expect((await reader.logsIn()).location).toBe("/login/two-factor");
      expect((await reader.fillsIn("/login/recover", {})).status).toBe(403);
    },
  );

  /** Changes the password of the emailed link in the settings. */
  async function changes(person: Person): Promise<Person> {
    const fields = { current_password: chosen, password: changedTo, confirm_password: changedTo };
    expect((await person.fillsIn("/settings/change-password", fields)).location).toBe("/settings");
    return app.person({ ...person.identity, password: changedTo });
  }

  it("recovery: a reader of the inbox who changes that password in the settings does not make it the owner's", {
    tags: ["asvs-6.4.4"],
  }, async () => {
    const ada = await app.person({ username: `inbox${counter++}` }).isLoggedIn();
    const reader = await resets(ada);
    expect((await reader.logsIn()).location).toBe("/dashboard");
    const later = await changes(reader);
    app.passes(60_000);
    const back = app.person(ada.identity);
    await back.fillsIn("/login/code", { email: ada.identity.email });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails(ada.identity.email)).find(({ kind }) => kind === "login-code")?.text ?? "")?.[1];
    expect((await back.fillsIn("/login/code", { code: code ?? "" })).location).toBe("/dashboard");
    const phone = await addsPhone(app, back);
    expect(await isOffered(later)).toBe(false);
    expect((await later.fillsIn("/login/recover", {})).status).toBe(403);
    expect(await recoveryEmails(ada)).toBe(0);
    // A login with it and the app shows that it is the owner's.
    app.passes(60_000);
    await later.logsIn();
    expect((await later.fillsIn("/login/two-factor", { code: phone.code() })).location).toBe("/dashboard");
    expect(await isOffered(app.person(later.identity))).toBe(true);
  });

  it("recovery: it is offered again after a session with the app has changed the password", async () => {
    const ada = await owner();
    const back = await resets(ada);
    app.passes(60_000);
    await back.logsIn();
    expect((await back.fillsIn("/login/two-factor", { code: ada.phone.code() })).location).toBe("/dashboard");
    expect(await isOffered(await changes(back))).toBe(true);
  });

  it("recovery: a recovery code that the reset itself asked for proves more than the inbox", async () => {
    const ada = await owner();
    expect((await addsPasskey(ada, passkeyDevice())).status).toBe(303);
    expect((await ada.fillsIn("/settings/change-password/remove", {})).status).toBe(303);
    const back = app.person({ ...ada.identity, password: chosen });
    await back.fillsIn("/reset-password", { email: ada.identity.email });
    const opened = await back.opens(linkIn((await app.emails(ada.identity.email))[0], "/reset-password/choose"));
    const fields = { password: chosen, confirm_password: chosen, recovery_code: ada.phone.recoveryCodes[0] ?? "" };
    expect((await back.fillsIn(opened.location ?? "", fields)).status).toBe(303);
    expect(await isOffered(back)).toBe(true);
  });

  it("recovery: it is offered again after the password was set in another way", async () => {
    const ada = await owner();
    await resets(ada);
    const { id = "" } = (await findUserByName(app.s, ada.identity.username)) ?? {};
    const hash = await hashPassword(app.s, "another one of mine", { account: "test", network: undefined });
    await inTransaction(app.s, async (tx) => {
      const account = await lockAccount(tx, id);
      if (account) await setPassword(tx, account, hash);
    });
    expect(await isOffered(app.person({ ...ada.identity, password: "another one of mine" }))).toBe(true);
  });
});
