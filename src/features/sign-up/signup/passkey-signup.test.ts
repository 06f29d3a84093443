import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { endCodes } from "../../../../test/codes.ts";
import { noEmailLimits } from "../../../../test/email-limits.ts";
import { addsPasskey, logsInByPasskey, origin, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { cleanupExpired } from "../../../core/maintenance/cleanup.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const createPath = "/signup/passkey/create";
type Device = ReturnType<typeof passkeyDevice>;

let counter = 0;
const codeIn = (text = "") => /^ {4}(\d{6})$/m.exec(text)?.[1] ?? "";

describe.each(["open", "confirm"])("sign-up with a passkey and SIGNUP=%s", (SIGNUP) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ SIGNUP, ...noEmailLimits });
  });
  beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
  afterAll(() => app.close());

  const someone = () => app.person({ username: `key${counter++}` });
  const codeTo = async ({ identity }: Person) => codeIn((await app.emails(identity.email))[0]?.text);
  const begins = ({ identity: { username, email } }: Person, person: Person) => person.fillsIn("/signup/passkey", { username, email });
  const userOf = ({ identity }: Person) => findUserByEmail(app.s, identity.email);

  /** In a browser that has entered the code. */
  async function proves(person: Person): Promise<void> {
    expect((await begins(person, person)).location).toBe("/verify-email");
    const proven = await person.fillsIn("/verify-email", { code: await codeTo(person) });
    expect([proven.status, proven.location]).toEqual([303, createPath]);
  }

  async function makes(person: Person, device: Device): Promise<string> {
    const { token } = await person.opens(createPath);
    const answer = await person.sendsJson("/signup/passkey/options", {}, { "x-csrf-token": token });
    const { publicKey } = answer.json() as { publicKey: Parameters<Device["createJSON"]>[1] };
    return JSON.stringify(device.createJSON(origin, publicKey));
  }

  it("sign-up: the code and a passkey make an account without a password, and log in", { tags: ["asvs-6.1.3"] }, async () => {
    const [ada, device] = [someone(), passkeyDevice()];
    expect((await ada.opens("/signup")).html).toContain('href="/signup/passkey"');
    expect((await ada.opens("/signup/passkey")).html).not.toContain('type="password"');
    await proves(ada);
    expect(await userOf(ada)).toMatchObject({ email_verified_at: null, password_hash: null });
    expect((await ada.opens("/dashboard")).status).toBe(303);
    const done = await ada.fillsIn(createPath, { new_passkey: await makes(ada, device) });
    expect([done.status, done.location]).toEqual([303, "/dashboard"]);
    expect((await ada.opens("/dashboard")).text).toContain(`Account created. Welcome, ${ada.identity.username}!`);
    expect(await userOf(ada)).toMatchObject({ username: ada.identity.username, must_verify_since: null, password_hash: null });
    const again = app.person(ada.identity);
    expect((await logsInByPasskey(again, device)).location).toBe("/dashboard");
    expect((await ada.fillsIn("/settings/passkeys/remove", {})).status).not.toBe(500);
    expect((await app.person(ada.identity).logsIn()).status).toBe(401);
  });

  it("sign-up: whoever loses the only passkey gets a password by email; with two, the inbox alone gives none", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const [ada, ben] = [someone(), someone()];
    const { password } = ada.identity;
    const fields = { password, confirm_password: password };
    for (const person of [ada, ben]) {
      await proves(person);
      expect((await person.fillsIn(createPath, { new_passkey: await makes(person, passkeyDevice()) })).location).toBe("/dashboard");
    }
    const opensReset = async ({ identity }: Person) => {
      const browser = app.person(identity);
      await browser.fillsIn("/reset-password", { email: identity.email });
      const sent = (await app.emails(identity.email)).find(({ kind }) => kind === "password-reset-link");
      await browser.opens(linkIn(sent, "/reset-password/choose"));
      return browser;
    };
    const adas = await opensReset(ada);
    expect((await adas.fillsIn("/reset-password/choose", fields)).status).toBe(303);
    expect((await adas.logsIn()).location).toBe("/dashboard");
    const bens = await opensReset(ben);
    expect((await addsPasskey(ben, passkeyDevice())).status).toBe(303);
    expect((await bens.fillsIn("/reset-password/choose", fields)).status).toBe(422);
    expect((await userOf(ben))?.password_hash).toBeNull();
    await app.s.db.deleteFrom("outbox").execute();
    await expect(opensReset(ben)).rejects.toThrow("There is no link");
  });

  it("sign-up: a known email gets the same answers, and its owner an email", { tags: ["asvs-6.3.8"] }, async () => {
    const owner = app.person({ username: `owner${counter++}` });
    await owner.signsUp();
    if (SIGNUP === "confirm") await owner.fillsIn("/verify-email", { code: await codeTo(owner) });
    await app.s.db
      .updateTable("users")
      .set({ email_verified_at: 1, must_verify_since: null })
      .where("email", "=", owner.identity.email)
      .execute();
    const [known, unknown] = [app.person({ email: owner.identity.email, username: `someone${counter++}` }), someone()];
    const answers = [];
    for (const person of [known, unknown]) {
      app.resetRecords();
      const { status, location } = await begins(person, person);
      const queries = app.queries.map(({ sql }) => sql);
      const page = (await person.opens("/verify-email")).text.replaceAll(person.identity.email, "");
      await endCodes(app);
      const wrong = await person.fillsIn("/verify-email", { code: "000000" });
      answers.push({ status, location, page, wrong: wrong.status, names: [...person.cookies.keys()].sort(), queries });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect((await app.emails(owner.identity.email))[0]).toMatchObject({ kind: "signup-tried" });
    expect((await userOf(known))?.username).toBe(owner.identity.username);
  });

  it("sign-up: one browser's code and passkey do nothing in another", { tags: ["asvs-6.6.2"] }, async () => {
    const [ada, thief, device] = [someone(), app.person(), passkeyDevice()];
    await begins(ada, ada);
    await thief.fillsIn("/verify-email", { code: await codeTo(ada) });
    expect((await thief.opens(createPath)).status).toBe(410);
    const link = linkIn((await app.emails(ada.identity.email))[0], "/verify-email/confirm");
    const opened = await thief.opens(link);
    expect((await thief.opens(opened.location ?? "")).text).toContain("in the browser where you signed up");
    const { token } = await thief.opens("/login");
    expect((await thief.posts("/verify-email/confirm", { csrf_token: token, password: "" })).status).toBe(422);
    await ada.fillsIn("/verify-email", { code: await codeTo(ada) });
    const passkey = await makes(ada, device);
    const { token: foreign } = await thief.opens("/login");
    expect((await thief.posts(createPath, { csrf_token: foreign, new_passkey: passkey })).status).toBe(410);
    expect((await ada.fillsIn(createPath, { new_passkey: passkey })).location).toBe("/dashboard");
    expect((await ada.opens(createPath)).status).toBe(410);
  });

  it("sign-up: a passkey of another ceremony, none, and nonsense are refused beside the button", async () => {
    const [ada, device] = [someone(), passkeyDevice()];
    await proves(ada);
    const passkey = await makes(ada, device);
    for (const sent of ["", "{}", "null", "[1]", passkey.replace(/"id":"./, '"id":"!')]) {
      const answer = await ada.fillsIn(createPath, { new_passkey: sent });
      expect([sent.slice(0, 10), answer.status]).toEqual([sent.slice(0, 10), 422]);
    }
    expect((await ada.fillsIn(createPath, { skip: "1" })).status).toBe(422);
    expect(await userOf(ada)).toMatchObject({ email_verified_at: null });
    expect((await ada.fillsIn(createPath, { new_passkey: passkey })).status).toBe(303);
  });

  it("sign-up: unfinished ones are replaced by the next with the email, and removed after a day", async () => {
    const [ada, other] = [someone(), app.person()];
    await begins(ada, ada);
    const code = await codeTo(ada);
    await begins(ada, other);
    expect((await ada.fillsIn("/verify-email", { code })).status).toBe(422);
    app.passes(25 * 3_600_000);
    await cleanupExpired(app.s);
    expect(await userOf(ada)).toBeUndefined();
  });

  it("sign-up: two browsers that finish at the same moment make one account", { tags: ["asvs-15.4.2"] }, async () => {
    const [ada, device] = [someone(), passkeyDevice()];
    await proves(ada);
    const [one, two] = [await makes(ada, device), await makes(ada, passkeyDevice())];
    const { token } = await ada.opens(createPath);
    const answers = await Promise.all([one, two].map((passkey) => ada.posts(createPath, { csrf_token: token, new_passkey: passkey })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410]);
    const { id = "" } = (await userOf(ada)) ?? {};
    expect(await app.s.db.selectFrom("passkeys").select("id").where("user_id", "=", id).execute()).toHaveLength(1);
  });

  it("sign-up: JSON clients finish with the token of the code", async () => {
    const [ada, device] = [someone(), passkeyDevice()];
    const { username, email } = ada.identity;
    expect((await ada.sendsJson("/signup/passkey", { username, email })).json()).toEqual({ status: "check-email" });
    const proven = await ada.sendsJson("/verify-email", { code: await codeTo(ada) });
    const { due, token } = proven.json() as { due: string; token: string };
    expect([proven.status, due]).toEqual([202, "passkey"]);
    const client = app.person(ada.identity);
    const answer = await client.sendsJson("/signup/passkey/options", { token, session: "token" });
    const { publicKey, ceremony } = answer.json() as { publicKey: Parameters<Device["createJSON"]>[1]; ceremony: string };
    const passkey = device.createJSON(origin, publicKey);
    const done = await client.sendsJson(createPath, { token, ceremony, new_passkey: passkey });
    expect([done.status, done.json()]).toMatchObject([200, { user: { username } }]);
  });

  it("sign-up: names are checked beside their fields", async () => {
    const answer = await app.person().fillsIn("/signup/passkey", { username: "a", email: "ada@" });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining("Use at least 3 characters in your username.")]);
    expect(answer.text).toContain("Enter a valid email, such as name@example.com.");
  });
});

describe("sign-up with a passkey where emailed codes log in too", () => {
  it("sign-up: the first page says that passkeys need JavaScript", async () => {
    const app = await testApp({ EMAIL_LOGIN: "on" });
    expect((await app.person().opens("/signup/passkey")).html).toMatch(/data-passkeys-missing>Passkeys need JavaScript/);
    await app.close();
  });
});
