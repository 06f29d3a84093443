import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { resetTwoFactor } from "../../../core/account/admin-actions.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { actingAs } from "../../../core/request-info.ts";
import { findUserByName } from "../../../core/users/users.ts";

const noLimits = {
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_LONG: "1000/1d",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_NOTICES_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
};
const next = { password: "nine grey herons", confirm_password: "nine grey herons" };
const path = "/settings/change-password/remove";

let app: TestApp;
beforeAll(async () => {
  app = await testApp(noLimits, { verified: true });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

let counter = 0;
type Device = ReturnType<typeof passkeyDevice>;

async function withPasskeys(count: number): Promise<Person & { devices: Device[] }> {
  const person = await app.person({ username: `keys${counter++}` }).isLoggedIn();
  const devices = Array.from({ length: count }, () => passkeyDevice());
  for (const device of devices) {
    const added = await addsPasskey(person, device);
    if (added.status !== 303) throw new Error(`Adding a passkey answered ${added.status}: ${added.text}`);
  }
  return Object.assign(person, { devices });
}

async function withoutPassword(): Promise<Person & { devices: Device[] }> {
  const person = await withPasskeys(2);
  // "This wasn't me" takes back what was added since the first notice of the last 72 hours: this one is long ago.
  app.passes(120_000);
  await app.s.db.deleteFrom("one_time_tokens").where("purpose", "=", "report-compromise").execute();
  expect((await person.fillsIn(path, {})).status).toBe(303);
  return person;
}

const userOf = async ({ identity }: Person) => {
  const user = await findUserByName(app.s, identity.username);
  if (!user) throw new Error("There is no account.");
  return user;
};
const kindsTo = async ({ identity }: Person) => (await app.emails(identity.email)).map(({ kind }) => kind);
const sentTo = async ({ identity }: Person, kind: string) => (await app.emails(identity.email)).find((each) => each.kind === kind);
const hasPassword = async (person: Person) => (await userOf(person)).password_hash !== null;
const passkeysOf = async (person: Person) =>
  app.s.db
    .selectFrom("passkeys")
    .select("id")
    .where("user_id", "=", (await userOf(person)).id)
    .orderBy("created_at")
    .execute();

async function follows(person: Person, to: Person, kind: string, landing: string, fields: Record<string, string>) {
  const opened = await person.opens(linkIn(await sentTo(to, kind), landing));
  const page = await person.opens(opened.location ?? landing);
  return page.status === 200 ? person.fillsIn(landing, fields) : page;
}

const resets = (person: Person, to: Person, fields: Record<string, string> = next) =>
  follows(person, to, "password-reset-link", "/reset-password/choose", fields);

describe("giving up the password", () => {
  it("removal: with two passkeys, the page says what will happen and removes the password", { tags: ["asvs-6.3.7"] }, async () => {
    const ada = await withPasskeys(2);
    const other = app.person(ada.identity);
    await other.logsIn();
    expect((await ada.opens("/settings/change-password")).html).toContain(`href="${path}"`);
    const page = await ada.opens(path);
    expect(page.text).toContain("You log in with one of your 2 passkeys.");
    expect(page.text).toContain("“Forgot your password?” stops working for your account.");
    const done = await ada.fillsIn(path, {});
    expect([done.status, done.location]).toEqual([303, "/settings/change-password"]);
    expect(await hasPassword(ada)).toBe(false);
    expect((await other.opens("/dashboard")).status).toBe(303);
    expect((await ada.opens("/dashboard")).status).toBe(200);
    expect((await app.person(ada.identity).logsIn()).status).toBe(401);
    expect((await logsInByPasskey(app.person(ada.identity), ada.devices[0] as Device)).location).toBe("/dashboard");
    expect((await sentTo(ada, "password-removed"))?.text).toContain("/report-compromise?token=");
    expect((await listEvents(app.s, (await userOf(ada)).id, 50)).map(({ event }) => event)).toContain("password-removed");
  });

  it.each([
    [0, false],
    [1, false],
    [1, true],
  ] as const)("removal: with %d passkeys and recovery codes %j, the password goes only with two other ways", async (count, hasCodes) => {
    const ada = await withPasskeys(count);
    if (hasCodes) await addsPhone(app, ada);
    const page = await ada.opens(path);
    const isAllowed = count + Number(hasCodes) >= 2;
    expect(page.text.includes("you need two other ways")).toBe(!isAllowed);
    const { token } = await ada.opens("/settings");
    const answer = await ada.sendsJson(path, {}, { "x-csrf-token": token });
    expect([answer.status, await hasPassword(ada)]).toEqual(isAllowed ? [200, false] : [409, true]);
    if (!isAllowed) expect(answer.json()).toMatchObject({ error: { code: "last-way-in" } });
  });

  it("removal: where it is refused, the page leads to passkeys and back, and says once what is missing", async () => {
    const ada = await withPasskeys(0);
    const page = await ada.opens(path);
    expect(page.html).toContain('href="/settings/passkeys">Add a passkey</a>');
    expect(page.html).toContain('href="/settings/change-password">Back to password</a>');
    const refused = await ada.posts(path, { csrf_token: (await ada.opens("/settings/change-password")).token });
    expect(refused.status).toBe(422);
    expect(refused.text.match(/you need two other ways/g)).toHaveLength(1);
    expect(refused.html).toContain('href="/settings/passkeys">Add a passkey</a>');
    const able = await withPasskeys(2);
    expect((await able.opens(path)).html).toContain('href="/settings/change-password">Keep password</a>');
  });

  it("removal: one recovery code is no way back, since the login after the reset takes another", async () => {
    const ada = await withPasskeys(1);
    await addsPhone(app, ada);
    const { id } = await userOf(ada);
    const codes = await app.s.db.selectFrom("recovery_codes").select("code_hash").where("user_id", "=", id).execute();
    const leaves = async (count: number) => {
      const used = codes.slice(count).map(({ code_hash }) => code_hash);
      await app.s.db.updateTable("recovery_codes").set({ used_at: 1 }).where("code_hash", "in", used).execute();
    };
    await leaves(2);
    expect((await ada.opens(path)).text).not.toContain("you need two other ways");
    await leaves(1);
    expect((await ada.opens(path)).text).toContain("you need two other ways");
    expect([(await ada.fillsIn(path, {})).status, await hasPassword(ada)]).toEqual([422, true]);
  });

  it("removal: a session that has not authenticated recently removes nothing", { tags: ["asvs-7.5.1"] }, async () => {
    const ada = await withPasskeys(2);
    app.passes(16 * 60_000);
    expect((await ada.opens(path)).location).toContain("/confirm-password");
    const { token } = await ada.opens("/settings");
    expect((await ada.sendsJson(path, {}, { "x-csrf-token": token })).status).toBe(403);
    expect(await hasPassword(ada)).toBe(true);
  });

  it("removal: the password and both passkeys, removed at the same moment, leave a way in", { tags: ["asvs-15.4.2"] }, async () => {
    for (let round = 0; round < 3; round++) {
      const ada = await withPasskeys(2);
      const ids = await passkeysOf(ada);
      const { token } = await ada.opens("/settings");
      const header = { "x-csrf-token": token };
      await Promise.all([
        ada.sendsJson(path, {}, header),
        ...ids.map(({ id }) => ada.sendsJson("/settings/passkeys/remove", { id }, header)),
      ]);
      const left = (await passkeysOf(ada)).length + Number(await hasPassword(ada));
      expect(left).toBeGreaterThan(0);
      // The last one cannot be removed afterwards either.
      if (!(await hasPassword(ada))) {
        for (const { id } of await passkeysOf(ada)) await ada.sendsJson("/settings/passkeys/remove", { id }, header);
        expect((await passkeysOf(ada)).length).toBeGreaterThan(0);
      }
    }
  });
});

describe("an account that has given up its password", () => {
  it("forgot password: the answer, the statements and the inbox are those of an unknown email", { tags: ["asvs-6.3.8"] }, async () => {
    const ada = await withoutPassword();
    const before = (await kindsTo(ada)).length;
    const trace = async (email: string) => {
      app.resetRecords();
      const answer = await app.person().fillsIn("/reset-password", { email });
      return { status: answer.status, location: answer.location, queries: app.queries.map(({ sql }) => sql) };
    };
    expect(await trace(ada.identity.email)).toEqual(await trace(`unknown${counter++}@example.com`));
    expect((await kindsTo(ada)).length).toBe(before);
  });

  it("forgot password: a link that was sent before the removal sets no password", { tags: ["asvs-6.4.3"] }, async () => {
    const ada = await withPasskeys(2);
    const thief = app.person();
    await thief.fillsIn("/reset-password", { email: ada.identity.email });
    await ada.fillsIn(path, {});
    expect((await resets(thief, ada)).status).toBe(410);
    expect(await hasPassword(ada)).toBe(false);
  });

  it("forgot password: with recovery codes, the link asks for one, and takes each once", { tags: ["asvs-6.4.3"] }, async () => {
    const ada = await withPasskeys(1);
    const { recoveryCodes } = await addsPhone(app, ada);
    expect((await ada.fillsIn(path, {})).status).toBe(303);
    const finder = app.person();
    await finder.fillsIn("/reset-password", { email: ada.identity.email });
    const without = await resets(finder, ada);
    expect([without.status, without.text]).toEqual([422, expect.stringContaining("Enter one of your recovery codes.")]);
    const wrong = await finder.fillsIn("/reset-password/choose", { ...next, recovery_code: "ABCDEF-GHJKLM-NPQRST-UVWXY" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("That recovery code is incorrect")]);
    expect(await hasPassword(ada)).toBe(false);
    const right = await finder.fillsIn("/reset-password/choose", { ...next, recovery_code: recoveryCodes[0] ?? "" });
    expect([right.status, await hasPassword(ada)]).toEqual([303, true]);
    // The second step is still due.
    expect((await finder.logsIn({ email: ada.identity.email, password: next.password })).location).toBe("/login/two-factor");
    expect((await finder.fillsIn("/login/two-factor", { code: recoveryCodes[0] ?? "" })).status).toBe(401);
  });

  it("forgot password: guesses of a recovery code count together over all links, and each use is an event", {
    tags: ["asvs-6.6.3"],
  }, async () => {
    const ada = await withPasskeys(1);
    const { recoveryCodes } = await addsPhone(app, ada);
    expect((await ada.fillsIn(path, {})).status).toBe(303);
    const { id } = await userOf(ada);
    const guesses = async (recovery_code: string) => {
      const reader = app.person();
      await reader.fillsIn("/reset-password", { email: ada.identity.email });
      return (await resets(reader, ada, { ...next, recovery_code })).status;
    };
    for (let i = 0; i < 10; i++) expect(await guesses(`1234567${i}`)).toBe(422);
    expect(await guesses(recoveryCodes[0] ?? "")).toBe(429);
    expect(await hasPassword(ada)).toBe(false);
    app.passes(3_600_001);
    expect(await guesses(recoveryCodes[0] ?? "")).toBe(303);
    const events = (await listEvents(app.s, id, 50)).map(({ event }) => event);
    expect(events.filter((event) => event === "reauthentication-failed")).toHaveLength(10);
    expect(events).toEqual(expect.arrayContaining(["login-limited", "recovery-code-used", "password-reset"]));
  });

  it("forgot password: passkeys of a squatter, who has not proven the inbox, keep its owner from nothing", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const squatter = await withoutPassword();
    const { id, email } = await userOf(squatter);
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("id", "=", id).execute();
    const own = app.person(squatter.identity);
    await own.fillsIn("/reset-password", { email });
    expect((await resets(own, squatter)).status).toBe(303);
    expect(await passkeysOf(squatter)).toEqual([]);
    expect((await logsInByPasskey(app.person(squatter.identity), squatter.devices[0] as Device)).status).toBe(401);
    expect((await own.logsIn({ password: next.password })).location).toBe("/dashboard");
  });

  it("set password: the owner asks for a link in the settings, and gets a password by it", async () => {
    const ada = await withoutPassword();
    const page = await ada.opens("/settings/change-password");
    expect(page.text).toContain("Email me a link to set a password");
    const asked = await ada.posts("/settings/change-password/set", { csrf_token: page.token });
    expect([asked.status, asked.location]).toEqual([303, "/settings/change-password"]);
    // There is none to reset or to change.
    const email = await sentTo(ada, "password-reset-link");
    expect(email?.subject).toBe("Set a password at Latchkey");
    expect(email?.text.replaceAll(/\s+/g, " ")).toContain("a request to set a password for your Latchkey account, which has none.");
    expect(email?.text).not.toMatch(/password reset|Reset password/);
    const opened = await ada.opens(linkIn(email, "/reset-password/choose"));
    const choice = await ada.opens(opened.location ?? "");
    expect(choice.text).toContain(`Choose a password This sets a password for ${ada.identity.email} and logs out all devices.`);
    expect(choice.text).toContain("Set password");
    expect(choice.text).not.toMatch(/[Nn]ew password/);
    expect((await ada.fillsIn("/reset-password/choose", next)).status).toBe(303);
    expect((await ada.logsIn({ password: next.password })).location).toBe("/dashboard");
  });

  it("set password: the row in the settings says that none is set, and leads to the page", async () => {
    const ada = await withoutPassword();
    const { text } = await ada.opens("/settings");
    expect(text).toContain("Password Not set We can email you a link to set one. Set a password: Password");
    expect(text).not.toContain("Change your password");
    const silent = await testApp({ NODE_ENV: "production", BASE_URL: "http://localhost:5050" });
    const grace = await silent.person({ username: "grace" }).isLoggedIn();
    await silent.s.db.deleteFrom("passwords").execute();
    expect((await grace.opens("/settings")).text).toContain("Password Not set Ask the people who run Latchkey to set one. Passkeys");
    await silent.close();
  });

  it("set password: on a site without emails, the row and the page lead to CONTACT_URL", async () => {
    const url = "https://example.com/help";
    const silent = await testApp({
      NODE_ENV: "production",
      BASE_URL: "http://localhost:5050",
      SITE_NAME: "The Reading Room",
      CONTACT_URL: url,
    });
    const grace = await silent.person({ username: "grace" }).isLoggedIn();
    await silent.s.db.deleteFrom("passwords").execute();
    const [settings, page] = [await grace.opens("/settings"), await grace.opens("/settings/change-password")];
    expect(settings.text).toContain("Ask the people who run The Reading Room to set one. Contact: Password");
    expect(settings.html).toMatch(new RegExp(`<a class="button small secondary" href="${url}">Contact<`));
    expect(page.text).toContain("Your account has no password. Ask the people who run The Reading Room to set one. Contact");
    expect(page.html).toContain(`<a class="button" href="${url}">Contact</a>`);
    await silent.close();
  });

  it("sessions and activity: they advise an account without a password to log out devices, and not to change a password", async () => {
    const ada = await withoutPassword();
    const { text, html } = await ada.opens("/settings/activity");
    expect(text).toContain("Don't recognize something? Log out your other devices");
    expect(html).toContain('<p class="lead">Don&#39;t recognize something? <a href="/settings/sessions">');
    expect((await ada.opens("/settings/sessions")).text).toContain("Don't recognize a device? Log it out.");
    const grace = await withPasskeys(0);
    for (const page of ["/settings/activity", "/settings/sessions"])
      expect((await grace.opens(page)).html, page).toMatch(/<p class="lead">[^<]*<a href="\/settings\/change-password">/);
  });

  it("“This wasn't me”: its page announces no lock of a password that the account does not have", async () => {
    const ada = await withoutPassword();
    app.passes(5 * 60_000);
    const reader = app.person();
    const opened = await reader.opens(linkIn(await sentTo(ada, "password-removed"), "/report-compromise"));
    const { text } = await reader.opens(opened.location ?? "");
    expect([text.includes("lock your current password"), text.includes("email you a link to continue")]).toEqual([false, true]);
  });

  it("set password: the page says once that there is no password, also after an error", async () => {
    const ada = await withoutPassword();
    const { token, text } = await ada.opens("/settings/change-password");
    const refused = await ada.posts("/settings/change-password", { csrf_token: token, ...next });
    expect(refused.status).toBe(403);
    for (const shown of [text, refused.text]) expect(shown.match(/(?:no|have a) password/g)).toHaveLength(1);
  });

  it("set password: a session that has not authenticated recently sends no link", { tags: ["asvs-7.5.1"] }, async () => {
    const ada = await withoutPassword();
    app.passes(16 * 60_000);
    const { token } = await ada.opens("/settings");
    expect((await ada.sendsJson("/settings/change-password/set", {}, { "x-csrf-token": token })).status).toBe(403);
    expect(await kindsTo(ada)).not.toContain("password-reset-link");
  });

  it("“This wasn't me”: the inbox alone gets no password, and its link lets in the owner's passkeys of more than 72 hours", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const ada = await withoutPassword();
    app.passes(73 * 3_600_000);
    const elsewhere = app.person(ada.identity, { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0" });
    expect((await logsInByPasskey(elsewhere, ada.devices[0] as Device)).status).toBe(303);
    const reader = app.person();
    const reported = await follows(reader, ada, "new-device-login", "/report-compromise", {});
    expect(reported.status).toBe(303);
    expect((await reader.opens("/login")).text).toContain("We've emailed you a link to unlock it.");
    expect(await kindsTo(ada)).not.toContain("password-reset-link");
    expect((await logsInByPasskey(app.person(ada.identity), ada.devices[0] as Device)).status).not.toBe(303);
    expect((await follows(reader, ada, "account-unlock", "/report-compromise/unlock", {})).status).toBe(303);
    expect(await hasPassword(ada)).toBe(false);
    expect((await logsInByPasskey(app.person(ada.identity), ada.devices[0] as Device)).location).toBe("/dashboard");
    expect((await follows(reader, ada, "account-unlock", "/report-compromise/unlock", {})).status).toBe(410);
  });

  it("“This wasn't me”: a removal of the last 72 hours is taken back, also from an intruder whose passkeys are older", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const ada = await withoutPassword();
    app.passes(71 * 3_600_000);
    const own = app.person(ada.identity);
    expect((await follows(own, ada, "password-removed", "/report-compromise", {})).status).toBe(303);
    expect((await own.opens("/login")).text).toContain("We've emailed you a link to choose a password.");
    expect(await kindsTo(ada)).not.toContain("account-unlock");
    expect((await resets(own, ada)).status).toBe(303);
    expect((await own.logsIn({ password: next.password })).location).toBe("/dashboard");
    expect((await own.fillsIn("/settings/passkeys/remove", { id: (await passkeysOf(ada))[0]?.id ?? "" })).status).toBe(303);
  });

  it("reset by an administrator: without passkeys, a reset email gives it a password again", async () => {
    const ada = await withoutPassword();
    const { id } = await userOf(ada);
    expect(await resetTwoFactor(app.s, id, { reason: "Lost both devices.", info: actingAs("test"), passkeys: true })).toBe(true);
    const ownBrowser = app.person(ada.identity);
    await ownBrowser.fillsIn("/reset-password", { email: ada.identity.email });
    expect((await resets(ownBrowser, ada)).status).toBe(303);
    expect((await ownBrowser.logsIn({ password: next.password })).location).toBe("/dashboard");
  });
});
