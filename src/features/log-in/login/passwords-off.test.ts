import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noEmailLimits } from "../../../../test/email-limits.ts";
import { openEveryPage } from "../../../../test/every-page.ts";
import { addsPasskey, logsInByPasskey, origin, passkeyDevice } from "../../../../test/passkeys.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { readSettings } from "../../../config/load.ts";
import { replacePassword } from "../../../core/account/admin-actions.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByEmail } from "../../../core/users/users.ts";
import { usersOf } from "../../../library/users.ts";

const codeIn = (text = "") => /^ {4}(\d{6})$/m.exec(text)?.[1] ?? "";
type Device = ReturnType<typeof passkeyDevice>;

const combinations = [
  { EMAIL_LOGIN: "on", PASSKEYS: "on" },
  { EMAIL_LOGIN: "on", PASSKEYS: "off" },
  { EMAIL_LOGIN: "off", PASSKEYS: "on" },
];

describe.each(combinations)("PASSWORDS=off with %o", (ways) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ PASSWORDS: "off", TWO_FACTOR: "admins", TWO_FACTOR_GRACE: "7d", ...ways, ...noEmailLimits });
  });
  beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
  afterAll(() => app.close());

  let counter = 0;
  const codeTo = async ({ identity }: Person) => codeIn((await app.emails(identity.email))[0]?.text);
  const userOf = ({ identity }: Person) => findUserByEmail(app.s, identity.email);

  async function makes(person: Person, device: Device): Promise<string> {
    const { token } = await person.opens("/signup/passkey/create");
    const answer = await person.sendsJson("/signup/passkey/options", {}, { "x-csrf-token": token });
    const { publicKey } = answer.json() as { publicKey: Parameters<Device["createJSON"]>[1] };
    return JSON.stringify(device.createJSON(origin, publicKey));
  }

  /** Signs up by the form of the site, and is logged in. */
  async function member(username = `member${counter++}`, device = passkeyDevice()): Promise<Person> {
    const person = app.person({ username });
    const { email } = person.identity;
    expect((await person.fillsIn("/signup", { username, email })).location).toBe("/verify-email");
    const proven = await person.fillsIn("/verify-email", { code: await codeTo(person) });
    if (ways.PASSKEYS === "off") expect(proven.location).toBe("/dashboard");
    else {
      expect(proven.location).toBe("/signup/passkey/create");
      const fields = ways.EMAIL_LOGIN === "on" ? { skip: "1" } : { new_passkey: await makes(person, device) };
      expect((await person.fillsIn("/signup/passkey/create", fields)).location).toBe("/dashboard");
    }
    return person;
  }

  it("sign-up: needs no password, and logs in", async () => {
    const ada = await member();
    expect((await ada.opens("/dashboard")).text).toContain(`Account created. Welcome, ${ada.identity.username}!`);
    expect(await userOf(ada)).toMatchObject({ password_hash: null, must_verify_since: null, email_verified_at: expect.any(Number) });
  });

  it("every page: has no password field, and those of passwords are not there", async () => {
    const people = { "0001": await member("0001"), "0002": await member("0002") };
    const known = { ...app, person: (who: { username?: string } = {}) => people[who.username as "0001"] ?? app.person(who) };
    for (const person of Object.values(people)) Object.assign(person, { isLoggedIn: async () => person });
    const { pages } = await openEveryPage(known as TestApp);
    expect(pages.length).toBeGreaterThan(20);
    for (const { path, who, html } of pages) {
      expect(html.includes('type="password"') && path !== "/dev/theme", `${path} of ${who}`).toBe(false);
      expect(/href="[^"]*\/(?:reset-password|settings\/change-password)/.test(html), `${path} of ${who}`).toBe(false);
    }
    for (const path of ["/reset-password", "/reset-password/choose", "/settings/change-password", "/.well-known/change-password"])
      expect((await people["0001"].opens(path)).status, path).toBe(404);
  });

  it("login: a stored hash logs nobody in, by no route, and is never computed", { tags: ["asvs-6.1.3"] }, async () => {
    const ada = await member();
    const { id = "" } = (await userOf(ada)) ?? {};
    const password = "a harbour at dusk";
    await replacePassword(app.s, id, await hashPassword(app.s, password, {}), actingAs("test"));
    app.resetRecords();
    const { email } = ada.identity;
    const stranger = app.person(ada.identity);
    const { token } = await stranger.opens("/login");
    const answers = [
      await stranger.posts("/login", { csrf_token: token, email, password }),
      await stranger.sendsJson("/login", { email, password, session: "token" }),
      await stranger.sendsJson("/confirm-password", { current_password: password }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 401]);
    expect((await stranger.opens("/dashboard")).status).toBe(303);
    expect(app.hashes).toEqual([]);
  });

  it("commands and library: refuse to set a password, with a sentence", async () => {
    const users = usersOf(app.s);
    const ada = await member();
    const { id = "" } = (await userOf(ada)) ?? {};
    await expect(users.setPassword(id, "nine grey herons")).rejects.toThrow("Passwords are turned off.");
    const account = { username: "made", email: "made@example.com", password: "nine grey herons" };
    await expect(users.create(account)).rejects.toThrow("Passwords are turned off.");
    expect(await users.create({ username: "made", email: "made@example.com", emailVerified: true })).toMatchObject({ hasPassword: false });
  });

  it.runIf(ways.PASSKEYS === "on" && ways.EMAIL_LOGIN === "off")("login: the passkey of the sign-up logs in", async () => {
    const device = passkeyDevice();
    const ada = await member(`member${counter++}`, device);
    const again = app.person(ada.identity);
    expect((await again.opens("/login")).html).toContain("data-passkey=");
    expect((await logsInByPasskey(again, device)).location).toBe("/dashboard");
  });

  it.runIf(ways.PASSKEYS === "on" && ways.EMAIL_LOGIN === "off")(
    "passkeys alone: the dashboard asks for a second one, and nothing for two-factor authentication",
    async () => {
      const ada = await member();
      const alone = await ada.opens("/dashboard");
      expect(alone.text).toContain("You have only one way to log in");
      expect(alone.text).not.toContain("in good shape");
      expect(alone.html).toMatch(/<a class="button[^"]*" href="\/settings\/passkeys"[^>]*>Add/);
      expect(alone.text).not.toContain("Two-factor authentication is off");
      expect((await ada.opens("/settings")).text).toMatch(/Two-factor authentication (?!Off)/);
      expect((await addsPasskey(ada, passkeyDevice())).status).toBe(303);
      expect((await ada.opens("/dashboard")).text).not.toContain("You have only one way to log in");
      // A policy requires it.
      await grantRole(app.s, (await userOf(ada))?.id ?? "", "admin", actingAs("test"));
      expect((await ada.opens("/dashboard")).text).toContain("Two-factor authentication is off");
      expect((await ada.opens("/settings")).text).toContain("Two-factor authentication Off");
    },
  );

  it.runIf(ways.EMAIL_LOGIN === "on")("emailed codes: the dashboard still says that two-factor authentication is off", async () => {
    const { text } = await (await member()).opens("/dashboard");
    expect(text).toContain("Two-factor authentication is off");
    expect(text).not.toContain("You have only one way to log in");
  });

  it("sign-up: says which field logs in only where one does", async () => {
    const { text } = await app.person().opens("/signup");
    expect(text.includes("You'll use this to log in.")).toBe(ways.EMAIL_LOGIN === "on");
    const settings = { LOGIN_WITH: "username", PASSWORDS: "off", ...ways };
    if (ways.EMAIL_LOGIN === "on") return;
    const named = await testApp(settings);
    expect((await named.person().opens("/signup")).text).not.toContain("You'll use this to log in.");
    await named.close();
  });

  it.runIf(ways.EMAIL_LOGIN === "on")("login: the button of the form sends a code, and the code logs in", async () => {
    const ada = await member();
    const again = app.person(ada.identity);
    const { html, token } = await again.opens("/login");
    const path = /formaction="([^"]+)"/.exec(html)?.[1] ?? "";
    const sent = await again.posts(path, { csrf_token: token, email: ada.identity.email });
    expect(sent.status).toBe(303);
    const entered = await again.fillsIn(sent.location ?? "", { code: await codeTo(ada) });
    expect([entered.status, entered.location]).toEqual([303, "/dashboard"]);
  });
});

describe("PASSWORDS=off: the login page without emailed codes", () => {
  const github = { PROVIDERS: "github", PROVIDER_GITHUB_CLIENT_ID: "latchkey", PROVIDER_GITHUB_SECRET: "a secret of github" };

  it("login: passkeys and another provider need no field, and the error names these two ways", async () => {
    const app = await testApp({ PASSWORDS: "off", EMAIL_LOGIN: "off", ...github });
    const person = app.person();
    const { html, token } = await person.opens("/login");
    expect(html).not.toContain('name="email"');
    expect(html).not.toContain("data-autofill");
    expect(html).toContain('data-not-allowed-error="No passkey was used. Try again, or log in another way."');
    // The links of providers remember by the style sheet alone.
    expect(html).toMatch(/<div class="check">\s*<input[^>]*name="remember"/);
    expect(html).not.toMatch(/data-passkeys-only hidden><(?:div|label)/);
    expect(html).toMatch(/<p class="or" data-passkeys-only hidden>/);
    const refused = await person.posts("/login", { csrf_token: token, email: "ada@example.com" });
    expect(refused.text).toContain("Passwords are turned off. Log in with a passkey or with another account.");
    await app.close();
  });

  it("login: where passkeys alone log in, a browser without them sees no field", async () => {
    const app = await testApp({ PASSWORDS: "off", EMAIL_LOGIN: "off" });
    const { html, text } = await app.person().opens("/login");
    expect(html).not.toContain('name="email"');
    expect(html).toMatch(/<div data-passkeys-only hidden><(?:div|label)/);
    expect(text).toContain("Passkeys need JavaScript and a browser that supports them.");
    expect(text).toContain("Can't use your passkey? Ask the people who run Latchkey.");
    expect(html).toContain('data-not-allowed-error="No passkey was used. Try again, or use the device that has your passkey."');
    await app.close();
  });

  it("login: where passkeys alone log in, who has lost one is led to CONTACT_URL", async () => {
    const app = await testApp({ PASSWORDS: "off", EMAIL_LOGIN: "off", CONTACT_URL: "mailto:help@example.com" });
    const { html, text } = await app.person().opens("/login");
    expect(text).toContain("Can't use your passkey? Contact support.");
    expect(html).toContain('<a href="mailto:help@example.com">Contact support</a>');
    await app.close();
  });

  it.each([{ PASSWORDS: "off", EMAIL_LOGIN: "on" }, { PASSWORDS: "off", EMAIL_LOGIN: "off", ...github }, {}])(
    "login: with %o, other ways lead in, so the page names nobody to ask",
    async (settings) => {
      const app = await testApp(settings);
      expect((await app.person().opens("/login")).text).not.toContain("Can't use your passkey?");
      await app.close();
    },
  );

  it("dashboard: with passwords, the check-up reads no passkeys", async () => {
    const app = await testApp({}, { verified: true });
    const ada = await app.person().isLoggedIn();
    // The first page asks once whether to offer a passkey.
    await ada.opens("/dashboard");
    app.resetRecords();
    expect((await ada.opens("/dashboard")).status).toBe(200);
    expect(app.queries.filter(({ sql }) => sql.includes("passkeys"))).toEqual([]);
    await app.close();
  });

  it("login: with emailed codes the field is there, and the error names each way", async () => {
    const app = await testApp({ PASSWORDS: "off", EMAIL_LOGIN: "on", ...github });
    const person = app.person();
    const { html, token } = await person.opens("/login");
    expect(html).toContain('autocomplete="username webauthn"');
    expect(html).toMatch(/<p class="or">/);
    const refused = await person.posts("/login", { csrf_token: token, email: "ada@example.com" });
    expect(refused.text).toContain("Log in with a passkey, with a code by email or with another account.");
    await app.close();
  });
});

describe("PASSWORDS=off: settings", () => {
  const base = { SECRET_KEY: "a test key that is long enough to sign with", NODE_ENV: "test", PASSWORDS: "off" };

  it("PASSWORDS=off: the start refuses settings with which nobody could log in", () => {
    const refused = (env: Record<string, string>) => () => readSettings({ ...base, ...env });
    expect(refused({ PASSKEYS: "off", EMAIL_LOGIN: "off" })).toThrow("PASSWORDS must be on: users could not log in");
    expect(refused({ EMAIL_LOGIN: "off", BASE_URL: "http://192.0.2.1" })).toThrow("PASSWORDS must be on");
    expect(refused({ EMAIL_LOGIN: "off" })).not.toThrow();
    expect(refused({ PASSKEYS: "off", EMAIL_LOGIN: "on" })).not.toThrow();
  });

  it("PASSWORDS=off: the start refuses recovery by email, which begins with a password", () => {
    expect(() => readSettings({ ...base, RECOVERY_BY_EMAIL: "3d" })).toThrow("RECOVERY_BY_EMAIL must be off");
    expect(() => readSettings({ ...base, PASSWORDS: "on", RECOVERY_BY_EMAIL: "3d" })).not.toThrow();
  });
});
