import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, createsPasskey, logsInByPasskey, passkeyDevice, sendsScript, usesPasskey } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { RawPasskey } from "../../../../test/raw-passkey.ts";

let app: TestApp;
let count = 0;
beforeAll(async () => {
  app = await testApp(
    { SIGNUP: "open", LIMIT_SIGNUP_PER_IP: "1000/1h", PASSKEY_ORIGINS: "https://example.de", LANGUAGES: "en,de,ar" },
    { verified: true },
  );
});
beforeEach(() => app.passes(10 * 60_000));
afterAll(() => app.close());

const member = () => app.person({ username: `user${count++}` }).isLoggedIn();

/** A user with a passkey on a device. */
async function owner(): Promise<{ person: Person; device: ReturnType<typeof passkeyDevice> }> {
  const [person, device] = [await member(), passkeyDevice()];
  expect((await addsPasskey(person, device)).location).toBe("/settings/passkeys");
  return { person, device };
}

const idsOf = async (person: Person) =>
  [...(await person.opens("/settings/passkeys")).html.matchAll(/remove\?id=([\w-]+)/g)].map(([, id = ""]) => id);
const methodsOf = async ({ identity: { username } }: Person) =>
  (
    await app.s.db
      .selectFrom("sessions")
      .innerJoin("users", "users.id", "user_id")
      .select("methods")
      .where("username", "=", username)
      .execute()
  ).map(({ methods }) => methods);
const eventsOf = async ({ identity: { username } }: Person) =>
  (
    await app.s.db.selectFrom("audit").innerJoin("users", "users.id", "user_id").select("event").where("username", "=", username).execute()
  ).map(({ event }) => event);
const subjects = async ({ identity: { email } }: Person) => (await app.emails(email)).map(({ subject }) => subject);

describe("passkeys", () => {
  it("passkeys: one that was added in the settings logs in, and the list says when", { tags: ["asvs-6.3.3"] }, async () => {
    const { person, device } = await owner();
    expect((await person.opens("/settings/passkeys")).text).toMatch(/Synchronized Added \d+ [A-Z][a-z]+ \d{4} Not used yet/);
    expect(await subjects(person)).toContain("A passkey was added to your account");
    const other = app.person();
    const answer = await logsInByPasskey(other, device);
    expect([answer.status, answer.location]).toEqual([303, "/dashboard"]);
    expect((await other.opens("/dashboard")).status).toBe(200);
    expect(await methodsOf(person)).toContain("passkey-synced user-verification");
    expect((await person.opens("/settings/passkeys")).text).toContain("Last used just now");
  });

  it("passkeys: a login respects “remember me” and the page that was asked for", async () => {
    const { device } = await owner();
    const other = app.person();
    const answer = await logsInByPasskey(other, device, { remember: "on", next: "/settings/activity" });
    expect(answer.location).toBe("/settings/activity");
    expect(answer.setCookies.get("latchkey_session")).toContain("Max-Age=2592000");
    const refused = await logsInByPasskey(app.person(), passkeyDevice(), { next: "https://evil.test/" }).catch(() => undefined);
    expect(refused).toBeUndefined();
  });

  it("passkeys: the login page has the button and autofill, and none of it with PASSKEYS=off", async () => {
    const on = (await app.person().opens("/login")).html;
    expect(on).toMatch(/autocomplete="username webauthn"/);
    expect(on).toContain("Log in with a passkey");
    const off = await testApp({ PASSKEYS: "off" });
    const without = await testApp({}, { features: (await import("../../index.ts")).features.filter(({ name }) => name !== "passkeys") });
    const plain = (html: string) => html.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
    expect(plain((await off.person().opens("/login")).html)).toBe(plain((await without.person().opens("/login")).html));
    const ada = await off.person().isLoggedIn();
    for (const path of ["/settings/passkeys", "/passkeys/options", "/.well-known/webauthn"])
      expect((await ada.opens(path)).status).toBe(404);
    expect((await ada.opens("/settings")).text).not.toContain("Passkeys");
    await Promise.all([off.close(), without.close()]);
  });

  it.each([
    ["an IP address", "http://127.0.0.1:5050"],
    ["http elsewhere than on localhost", "http://accounts.example.com"],
  ])("passkeys: at %s they are not offered", async (_, BASE_URL) => {
    const plain = await testApp({ BASE_URL, SIGNUP: "open", SMTP_URL: "smtp://127.0.0.1:1" });
    const html = (await plain.person().opens("/login")).html;
    expect(html).not.toContain("passkey");
    expect((await plain.person().opens("/passkeys/options")).status).toBe(404);
    await plain.close();
  });

  it("passkeys: a JSON client without cookies adds one and logs in with it", async () => {
    const person = await member();
    const { email, password } = person.identity;
    const client = app.person();
    const login = (await client.sendsJson("/login", { email, password, session: "token" })).json() as { token: string };
    const headers = { authorization: `Bearer ${login.token}` };
    const key = new RawPasskey();
    const options = (await client.sendsJson("/settings/passkeys/options", {}, headers)).json() as Ceremony;
    const added = await client.sendsJson(
      "/settings/passkeys",
      { new_passkey: JSON.parse(key.create(options.publicKey)) as object, ceremony: options.ceremony },
      headers,
    );
    expect(added.status).toBe(201);
    expect(added.json()).toMatchObject({
      passkey: { name: "Passkey", provider: null, isSynced: false, rpId: "localhost", lastUsedAt: null },
    });
    const asked = (await app.person().sendsJson("/passkeys/options", { purpose: "login", session: "token" })).json() as Ceremony;
    const passkey = JSON.parse(key.get(asked.publicKey)) as object;
    const body = { passkey, ceremony: asked.ceremony, session: "token" };
    expect((await app.person().sendsJson("/passkeys/verify", { ...body, ceremony: "x".repeat(43) })).status).toBe(401);
    const again = (await app.person().sendsJson("/passkeys/options", { purpose: "login", session: "token" })).json() as Ceremony;
    const answer = await app.person().sendsJson("/passkeys/verify", {
      passkey: JSON.parse(key.get(again.publicKey)) as object,
      ceremony: again.ceremony,
      session: "token",
    });
    expect(answer.json()).toMatchObject({ user: { email }, token: expect.stringMatching(/^latchkey_/) as string });
  });

  it("passkeys: options ask for a discoverable, verified passkey, without attestation, and exclude existing ones", async () => {
    const { person } = await owner();
    const answer = await sendsScript(person, "/settings/passkeys/options", {}, "/settings/passkeys");
    const { publicKey } = answer.json() as { publicKey: Record<string, unknown> };
    expect(publicKey).toMatchObject({
      rp: { id: "localhost", name: "Latchkey" },
      user: { name: person.identity.email, displayName: person.identity.username },
      attestation: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
      excludeCredentials: [{ type: "public-key" }],
    });
    const { id } =
      (await app.s.db.selectFrom("users").select("id").where("username", "=", person.identity.username).executeTakeFirst()) ?? {};
    expect(JSON.stringify(publicKey)).not.toContain(id);
    const login = await sendsScript(app.person(), "/passkeys/options", { purpose: "login" }, "/login");
    expect(login.json()).toMatchObject({ publicKey: { rpId: "localhost", userVerification: "required", allowCredentials: [] } });
  });

  it("passkeys: a device that has one for the account is not asked for another", async () => {
    const { person, device } = await owner();
    await expect(createsPasskey(person, device)).rejects.toThrow();
    expect(await idsOf(person)).toHaveLength(1);
  });

  it("passkeys: are renamed and removed, with an event each and an email about the removal", async () => {
    const { person, device } = await owner();
    const [id = ""] = await idsOf(person);
    for (const name of ["", "x".repeat(61), "a\u200bb", "a\nb", "a\u001bb", "a\u2028b"])
      expect((await person.fillsIn(`/settings/passkeys/rename?id=${id}`, { id, name })).status).toBe(422);
    expect((await person.fillsIn(`/settings/passkeys/rename?id=${id}`, { id, name: "Work <laptop>" })).location).toBe("/settings/passkeys");
    expect((await person.opens("/settings/passkeys")).text).toContain("Work <laptop>");
    expect((await person.fillsIn(`/settings/passkeys/remove?id=${id}`, { id })).location).toBe("/settings/passkeys");
    expect((await person.opens("/settings/passkeys")).text).toContain("You don't have any passkeys yet.");
    expect(await eventsOf(person)).toEqual(expect.arrayContaining(["passkey-added", "passkey-renamed", "passkey-removed"]));
    expect(await subjects(person)).toContain("A passkey was removed from your account");
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
  });

  it("passkeys: the last way in is never removed", { tags: ["asvs-6.4.3"] }, async () => {
    const { person } = await owner();
    const [id = ""] = await idsOf(person);
    const user = app.s.db.selectFrom("users").select("id").where("username", "=", person.identity.username);
    await app.s.db.deleteFrom("passwords").where("user_id", "=", user).execute();
    const before = await person.opens(`/settings/passkeys/remove?id=${id}`);
    expect([before.text.includes("This is your only way to log in."), before.html.includes('name="id"')]).toEqual([true, false]);
    const refused = await person.fillsIn(`/settings/passkeys/remove?id=${id}`, { id });
    expect([refused.status, refused.text.includes("This is your only way to log in.")]).toEqual([422, true]);
    expect((await addsPasskey(person, passkeyDevice())).location).toBe("/settings/passkeys");
    expect((await person.fillsIn(`/settings/passkeys/remove?id=${id}`, { id })).location).toBe("/settings/passkeys");
  });

  it("passkeys: an account has 20 at most", async () => {
    const person = await member();
    for (let i = 0; i < 20; i++) {
      await app.s.db.deleteFrom("rate_limits").execute();
      expect((await addsPasskey(person, passkeyDevice())).location).toBe("/settings/passkeys");
    }
    expect((await person.opens("/settings/passkeys")).text).toContain("You have 20 passkeys, the maximum.");
    expect((await sendsScript(person, "/settings/passkeys/options", {}, "/settings/passkeys")).status).toBe(422);
  });

  it("passkeys: the page says that the password alone is enough while two-factor authentication is off", async () => {
    const { person } = await owner();
    expect((await person.opens("/settings/passkeys")).text).toContain("Logging in with only your password still works");
    await app.s.db.updateTable("users").set({ two_factor_since: app.s.now() }).where("username", "=", person.identity.username).execute();
    expect((await person.opens("/settings/passkeys")).text).not.toContain("Your password alone");
  });

  it("passkeys: the browser is told which passkeys the account has, and its names", async () => {
    const { person } = await owner();
    const { html } = await person.opens("/settings/passkeys");
    expect(html).toContain("signalAllAcceptedCredentials");
    expect((await person.opens("/settings")).html).toContain("signalCurrentUserDetails");
    expect((await (await member()).opens("/settings")).html).not.toContain("signalCurrentUserDetails");
  });

  it("passkeys: related origins are served, and accepted", async () => {
    const answer = await app.person().opens("/.well-known/webauthn");
    expect([answer.headers.get("content-type"), answer.json()]).toEqual([
      "application/json",
      { origins: [app.s.settings.baseUrl, "https://example.de"] },
    ]);
    const person = await member();
    const key = new RawPasskey();
    const options = await sendsScript(person, "/settings/passkeys/options", {}, "/settings/passkeys");
    const { publicKey } = options.json() as Ceremony;
    const created = key.create(publicKey, { origin: "https://example.de" });
    expect((await person.fillsIn("/settings/passkeys", { new_passkey: created })).location).toBe("/settings/passkeys");
  });

  it("passkeys: confirm sensitive changes", { tags: ["asvs-7.5.1"] }, async () => {
    const { person, device } = await owner();
    app.passes(16 * 60_000);
    const asked = await person.opens("/settings/change-username");
    expect(asked.location).toContain("/confirm-password");
    const page = "/confirm-password?next=/settings/change-username";
    expect((await person.opens(page)).html).toContain('data-purpose="reauthentication"');
    const passkey = await usesPasskey(person, device, "reauthentication", { page });
    const done = await person.fillsIn(page, { passkey, next: "/settings/change-username" });
    expect(done.location).toBe("/settings/change-username");
    expect((await person.opens("/settings/change-username")).status).toBe(200);
    expect(await methodsOf(person)).toContain("password passkey-synced user-verification");
  });

  it("passkeys: are the second step after a password once two-factor authentication is on", { tags: ["asvs-6.3.3"] }, async () => {
    const { person, device } = await owner();
    const on = await person.fillsIn("/settings/two-factor/on", {});
    expect(on.status).toBe(303);
    // The overview names the passkeys, since they are what confirms the logins.
    expect((await person.opens("/settings/two-factor")).text).toContain("Your passkeys confirm logins too. Manage passkeys");
    const other = app.person(person.identity);
    expect((await other.logsIn()).location).toBe("/login/two-factor");
    expect((await other.opens("/dashboard")).location).toContain("/login");
    const step = await other.opens("/login/two-factor");
    expect(step.text).toContain("Use a passkey");
    // The box is above both ways, and belongs to the form of the code without JavaScript too.
    expect(step.html.indexOf('name="trust"')).toBeLessThan(step.html.indexOf("Use a passkey"));
    expect(step.html).toMatch(/name="trust" type="checkbox" value="on" form="second-step"/);
    expect(step.html.match(/class="wide-button"/g)).toHaveLength(1);
    const stolen = passkeyDevice();
    const thief = await member();
    await addsPasskey(thief, stolen);
    await expect(usesPasskey(other, stolen, "two-factor", { page: "/login/two-factor" })).rejects.toThrow();
    const passkey = await usesPasskey(other, device, "two-factor", { page: "/login/two-factor" });
    const { token } = await other.opens("/login/two-factor");
    const done = await other.posts("/passkeys/verify", { csrf_token: token, purpose: "two-factor", passkey });
    expect(done.location).toBe("/dashboard");
    expect(await methodsOf(person)).toContain("password passkey-synced user-verification");
    const alone = app.person();
    expect((await logsInByPasskey(alone, device)).location).toBe("/dashboard");
  });

  it("passkeys: the last factor is not removed while two-factor authentication is on", async () => {
    const { person, device } = await owner();
    await person.fillsIn("/settings/two-factor/on", {});
    // From now on, changes of factors need the second one too.
    const page = "/confirm-password?next=/settings";
    const proof = await usesPasskey(person, device, "reauthentication", { page });
    expect((await person.fillsIn(page, { passkey: proof, next: "/settings" })).location).toBe("/settings");
    const [id = ""] = await idsOf(person);
    const before = await person.opens(`/settings/passkeys/remove?id=${id}`);
    expect([before.text.includes("This is your only second factor."), before.html.includes('name="id"')]).toEqual([true, false]);
    const refused = await person.fillsIn(`/settings/passkeys/remove?id=${id}`, { id });
    expect([refused.status, refused.text.includes("This is your only second factor.")]).toEqual([422, true]);
  });

  it("passkeys: reporting a compromise takes back what was added since the notice", async () => {
    const { person, device } = await owner();
    app.passes(73 * 3_600_000);
    await person.logsIn();
    const stolen = passkeyDevice();
    expect((await addsPasskey(person, stolen)).location).toBe("/settings/passkeys");
    const [notice] = (await app.emails(person.identity.email)).filter(({ subject }) => subject === "A passkey was added to your account");
    const link = linkIn(notice, "/report-compromise");
    const inbox = app.person();
    await inbox.opens(link);
    expect((await inbox.fillsIn("/report-compromise", {})).status).toBe(303);
    await app.s.db.updateTable("users").set({ compromised_at: null }).where("username", "=", person.identity.username).execute();
    expect((await logsInByPasskey(app.person(), stolen)).status).toBe(401);
    expect((await logsInByPasskey(app.person(), device)).status).toBe(303);
  });

  it("passkeys: are in the data export without keys, and erased with the account", async () => {
    const { person } = await owner();
    const { token } = await person.opens("/settings/export");
    const exported = (await person.posts("/settings/export", { csrf_token: token })).json() as { passkeys: object[] };
    expect(exported.passkeys).toMatchObject([{ name: "Passkey", rpId: "localhost" }]);
    expect(JSON.stringify(exported.passkeys)).not.toContain("publicKey");
    const users = app.s.db.selectFrom("users").select("id").where("username", "=", person.identity.username);
    const { id = "" } = (await users.executeTakeFirst()) ?? {};
    await app.s.db.deleteFrom("users").where("id", "=", id).execute();
    for (const table of ["passkeys", "passkey_users"] as const)
      expect(await app.s.db.selectFrom(table).select("user_id").where("user_id", "=", id).execute()).toEqual([]);
  });

  it("passkeys: one of an earlier host says so in the list, and is no way in", async () => {
    const { person } = await owner();
    const user = app.s.db.selectFrom("users").select("id").where("username", "=", person.identity.username);
    await app.s.db.updateTable("passkeys").set({ rp_id: "old.example.com" }).where("user_id", "=", user).execute();
    expect((await person.opens("/settings/passkeys")).text).toContain("Created for old.example.com. It doesn't work on this site.");
    const [id = ""] = await idsOf(person);
    expect((await person.fillsIn(`/settings/passkeys/remove?id=${id}`, { id })).location).toBe("/settings/passkeys");
  });

  it("passkeys: pages are translated", async () => {
    const { person } = await owner();
    for (const [locale, word] of [
      ["de", "Mit einem Passkey melden Sie sich"],
      ["ar", "مفتاح المرور"],
    ] as const) {
      await person.fillsIn("/settings/language", { locale });
      expect((await person.opens("/settings/passkeys")).text).toContain(word);
    }
  });
});

interface Ceremony {
  readonly publicKey: Parameters<RawPasskey["create"]>[0];
  readonly ceremony: string;
}
