import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, codeUnlike, type Phone, phoneWith, untilCodesDiffer, wrongCode } from "../../../../test/two-factor.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByName } from "../../../core/users/users.ts";
import { features } from "../../index.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ CONTACT_URL: "mailto:help@example.com" }, { verified: true });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

const json = { accept: "application/json" };
const overview = "/settings/two-factor";
const setUp = "/settings/two-factor/authenticator";
let counter = 0;
const member = () => app.person({ username: `person${counter++}` }).isLoggedIn();
const idOf = async ({ identity }: Person) => (await findUserByName(app.s, identity.username))?.id ?? "";
const eventsOf = async (person: Person) => (await listEvents(app.s, await idOf(person), 50)).map(({ event }) => event);
const mailsTo = async ({ identity }: Person) => (await app.emails(identity.email)).map(({ subject }) => subject);

/** A browser in which the first step is done. */
async function begins({ identity }: Person): Promise<Person> {
  const person = app.person(identity);
  const answer = await person.logsIn();
  expect([answer.status, answer.location]).toEqual([303, "/login/two-factor"]);
  return person;
}
const enters = (person: Person, code: string) => person.fillsIn("/login/two-factor", { code });

describe("two factor: authenticator apps", () => {
  it("authenticator: the first one turns two-factor authentication on, and shows ten recovery codes once", async () => {
    const ada = await member();
    const other = app.person(ada.identity);
    await other.logsIn();
    const oldSession = ada.cookies.get("latchkey_session");
    expect((await ada.opens(overview)).text).toContain("No authenticator app");
    const phone = await addsPhone(app, ada, "Work phone");
    expect(phone.recoveryCodes).toHaveLength(10);
    for (const code of phone.recoveryCodes) expect(code).toMatch(/^(?:[A-HJ-NP-Z2-9]{6}-){3}[A-HJ-NP-Z2-9]{5}$/);
    expect(ada.cookies.get("latchkey_session")).not.toBe(oldSession);
    expect(ada.cookies.has("latchkey_codes")).toBe(false);
    expect((await ada.opens("/settings/two-factor/recovery")).html).not.toContain(phone.recoveryCodes[0]);
    const { text } = await ada.opens(overview);
    expect(text).toContain("Work phone");
    expect(text).toContain("10 codes left");
    expect((await other.opens("/dashboard")).status).toBe(303);
    expect(await eventsOf(ada)).toEqual(expect.arrayContaining(["two-factor-on", "authenticator-added", "recovery-codes-made"]));
    expect((await mailsTo(ada)).filter((subject) => /factor|Authenticator|recovery/i.test(subject))).toEqual([
      "Two-factor authentication is on",
    ]);
  });

  it("authenticator: the page shows the secret as QR code, in groups of four and as a link", async () => {
    const ada = await member();
    expect((await ada.opens(setUp)).html).not.toContain('<svg class="qr"');
    await ada.fillsIn(setUp, {});
    const { html } = await ada.opens(setUp);
    expect(html).toMatch(
      /<svg class="qr" viewBox="0 0 \d+ \d+" role="img" aria-label="QR code with the key below"><rect width="100%" height="100%" fill="#fff"\/><path fill="#000" d="M[^"]+"\/><\/svg>/,
    );
    expect(html).toMatch(/<code class="secret">(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}<\/code>/);
    expect(html).toContain(`href="otpauth://totp/Latchkey:${encodeURIComponent(ada.identity.email)}?secret=`);
    expect((await ada.opens(setUp)).headers.get("cache-control")).toBe("no-store");
  });

  it("authenticator: a wrong code and one of a wrong clock are refused with a sentence", async () => {
    const ada = await member();
    await ada.fillsIn(setUp, {});
    const phone = await pendingPhone(ada);
    const wrong = await ada.fillsIn(setUp, { code: wrongCode(phone) });
    expect([wrong.status, wrong.text.includes("Incorrect code. Enter the code that the app shows now.")]).toEqual([422, true]);
    untilCodesDiffer(app, phone);
    // Five steps ago, and six if the next one begins meanwhile: both are three minutes.
    const late = await ada.fillsIn(setUp, { code: phone.code(-5), name: "Mine" });
    expect([late.status, late.text.includes("The clock of your phone is 3 minutes off.")]).toEqual([422, true]);
    expect(late.html).toContain('value="Mine"');
    const empty = await ada.fillsIn(setUp, { code: "" });
    expect([empty.status, empty.text.includes("Enter the 6-digit code from your app.")]).toEqual([422, true]);
    expect((await findUserByName(app.s, ada.identity.username))?.two_factor_since).toBeNull();
  });

  it("authenticator: a secret expires after ten minutes, and a job removes it", async () => {
    const ada = await member();
    await ada.fillsIn(setUp, {});
    const phone = await pendingPhone(ada);
    app.passes(10 * 60_000);
    const answer = await ada.fillsIn(setUp, { code: phone.code() });
    expect([answer.status, answer.text.includes("This key is no longer valid. Start again, and scan the new one.")]).toEqual([422, true]);
    const [job] = app.s.catalog.jobs.filter(({ name }) => name === "pending-authenticators");
    await job?.removeExpired(app.s, 100);
    expect(
      await app.s.db
        .selectFrom("authenticators")
        .select("id")
        .where("user_id", "=", await idOf(ada))
        .execute(),
    ).toEqual([]);
  });

  it("authenticator: is stored encrypted, and its code logs in once it is added", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const row = await app.s.db
      .selectFrom("authenticators")
      .selectAll()
      .where("user_id", "=", await idOf(ada))
      .executeTakeFirstOrThrow();
    expect(row.secret).toMatch(/^v1\.[0-9a-f]{16}\./);
    const done = await enters(await begins(ada), phone.code());
    expect([done.status, done.location]).toEqual([303, "/dashboard"]);
  });

  it("authenticator: an account has five at most", async () => {
    const ada = await member();
    const phones: Phone[] = [];
    for (let i = 0; i < 5; i++) phones.push(await addsPhone(app, ada, `Phone ${i}`));
    expect((await ada.opens(overview)).text).not.toContain("Add another app");
    const refused = await ada.fillsIn("/settings/two-factor", {}).then(() => ada.fillsIn(setUp, {}));
    expect([refused.status, refused.text.includes("You have 5 authenticator apps.")]).toEqual([422, true]);
    for (const phone of phones) {
      expect((await enters(await begins(ada), phone.code())).status).toBe(303);
      app.passes(30_000);
    }
  });

  it("authenticator: can be renamed and removed, and the last one turns two-factor authentication off", async () => {
    const ada = await member();
    const first = await addsPhone(app, ada, "First");
    const second = await addsPhone(app, ada, "Second");
    const { authenticators } = (await ada.opens(overview, json)).json() as { authenticators: { id: string; name: string }[] };
    const [one, two] = authenticators.map(({ id }) => id);
    await ada.fillsIn(`${setUp}/rename?id=${one}`, { id: one ?? "", name: " Blue\u202e phone " });
    expect((await ada.opens(overview)).text).toContain("Blue phone");
    const asked = await ada.opens(`${setUp}/remove?id=${one}`);
    expect([asked.status, asked.text.includes("Blue phone"), asked.text.includes("turns off")]).toEqual([200, true, false]);
    expect((await ada.fillsIn(`${setUp}/remove?id=${one}`, { id: one ?? "" })).location).toBe(overview);
    expect((await enters(await begins(ada), codeUnlike(app, first, second))).status).toBe(401);
    expect((await ada.opens(`${setUp}/remove?id=${two}`)).text).toContain("turns off two-factor authentication");
    await ada.fillsIn(`${setUp}/remove?id=${two}`, { id: two ?? "" });
    expect((await ada.opens(overview)).text).toContain("No authenticator app");
    expect((await app.person(ada.identity).logsIn()).location).toBe("/dashboard");
    expect(await eventsOf(ada)).toEqual(expect.arrayContaining(["authenticator-removed", "two-factor-off"]));
    expect(await mailsTo(ada)).toEqual(expect.arrayContaining(["Authenticator app removed", "Two-factor authentication is off"]));
  });

  it("authenticator: nobody else's can be renamed or removed", { tags: ["asvs-8.2.2"] }, async () => {
    const [ada, eve] = [await member(), await member()];
    await addsPhone(app, ada, "Hers");
    await addsPhone(app, eve);
    const row = await app.s.db
      .selectFrom("authenticators")
      .select("id")
      .where("user_id", "=", await idOf(ada))
      .executeTakeFirstOrThrow();
    await eve.fillsIn(`${setUp}/rename`, { id: row.id, name: "Taken" });
    for (const verb of ["rename", "remove"]) {
      const { token } = await eve.opens(overview);
      expect((await eve.posts(`${setUp}/${verb}`, { csrf_token: token, id: row.id, name: "Taken" })).location).toBe(overview);
    }
    expect((await ada.opens(overview)).text).toContain("Hers");
  });

  it("two-factor: is turned off on a page that says what happens", async () => {
    const ada = await member();
    await addsPhone(app, ada);
    const asked = await ada.opens("/settings/two-factor/off");
    for (const sentence of ["remove your authenticator apps", "invalidate your recovery codes", "remove your trusted browsers"])
      expect(asked.text).toContain(sentence);
    expect((await ada.fillsIn("/settings/two-factor/off", {})).location).toBe(overview);
    const left = await app.s.db
      .selectFrom("recovery_codes")
      .select("code_hash")
      .where("user_id", "=", await idOf(ada))
      .execute();
    expect(left).toEqual([]);
    expect((await app.person(ada.identity).logsIn()).location).toBe("/dashboard");
  });

  it("two-factor: the settings and the dashboard say whether it is on", async () => {
    const ada = await member();
    expect((await ada.opens("/settings")).text).toMatch(/Two-factor authentication\s*Off .* Turn on: Two-factor authentication/);
    expect((await ada.opens("/dashboard")).text).toContain("Two-factor authentication is off");
    await addsPhone(app, ada);
    expect((await ada.opens("/settings")).text).toMatch(/Two-factor authentication\s*On .* Review: Two-factor authentication/);
    expect((await ada.opens("/dashboard")).text).toContain("Two-factor authentication is on");
  });
});

describe("two factor: second step of a login", () => {
  it("second step: JSON gets 202 with the methods, and a code finishes the login", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const { email, password } = ada.identity;
    const client = app.person();
    const due = await client.sendsJson("/login", { email, password, session: "token" });
    expect(due.status).toBe(202);
    const { pending, ...rest } = due.json() as { pending: string };
    expect(rest).toEqual({ due: "two-factor", methods: ["totp", "recovery-code"] });
    const wrong = await client.sendsJson("/login/two-factor", { pending, code: wrongCode(phone) });
    expect([wrong.status, (wrong.json() as { error: { code: string } }).error.code]).toEqual([401, "wrong-code"]);
    const done = await client.sendsJson("/login/two-factor", { pending, code: phone.code() });
    expect([done.status, done.json()]).toEqual([200, expect.objectContaining({ token: expect.stringMatching(/^latchkey_/) })]);
  });

  it("second step: an open page of an earlier login answers 410 with a way to log in", async () => {
    const ada = await member();
    await addsPhone(app, ada);
    const person = await begins(ada);
    app.passes(10 * 60_000);
    const page = await person.opens("/login/two-factor");
    expect([page.status, page.html.includes('href="/login"')]).toEqual([410, true]);
    expect((await app.person().opens("/login/two-factor")).status).toBe(410);
    expect((await app.person().sendsJson("/login/two-factor", { pending: "x", code: "123456" })).status).toBe(410);
  });

  it("second step: a code of a phone with a wrong clock is refused with a sentence, now and when its time comes", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const person = await begins(ada);
    untilCodesDiffer(app, phone);
    const early = phone.code(4);
    const refused = await enters(person, early);
    expect([refused.status, refused.text.includes("The clock of your phone is 2 minutes off.")]).toEqual([401, true]);
    app.passes(4 * 30_000);
    expect((await enters(person, early)).status).toBe(401);
    app.passes(60_000);
    expect((await enters(person, phone.code())).status).toBe(303);
  });

  it("second step: has one field for both kinds of codes, and says how to get help", async () => {
    const ada = await member();
    await addsPhone(app, ada);
    const { html, text } = await (await begins(ada)).opens("/login/two-factor");
    expect(html.match(/<input id="code"[^>]*>/)?.[0]).toMatch(/autocomplete="one-time-code"/);
    expect(html.match(/<input id="code"[^>]*>/)?.[0]).not.toMatch(/inputmode|maxlength/);
    expect(text).toContain("Use another way");
    expect(html).toContain('href="mailto:help@example.com"');
  });

  it("second step: re-authentication accepts a code", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    app.passes(16 * 60_000);
    const wrong = await ada.fillsIn("/confirm-password", { two_factor_code: wrongCode(phone), next: "/settings" });
    expect(wrong.status).toBe(401);
    const code = phone.code();
    const done = await ada.fillsIn("/confirm-password", { two_factor_code: code, next: "/settings" });
    expect([done.status, done.location]).toEqual([303, "/settings"]);
    expect((await ada.fillsIn("/confirm-password", { two_factor_code: code })).status).toBe(401);
  });
});

describe("two factor: recovery codes", () => {
  it("recovery code: logs in once, in any case and with or without hyphens", { tags: ["asvs-6.5.1"] }, async () => {
    const ada = await member();
    const { recoveryCodes } = await addsPhone(app, ada);
    const [one = "", two = "", three = ""] = recoveryCodes;
    for (const code of [one, two.replaceAll("-", " ").toLowerCase(), ` ${three.replaceAll("-", "")} `]) {
      expect((await enters(await begins(ada), code)).status).toBe(303);
      expect((await enters(await begins(ada), code)).status).toBe(401);
    }
    expect(await eventsOf(ada)).toContain("recovery-code-used");
    const mail = (await app.emails(ada.identity.email)).find(({ subject }) => subject === "A recovery code was used");
    expect(mail?.text.replaceAll("\n", " ")).toContain("You have 7 left.");
  });

  it("recovery codes: two or fewer left are announced on pages and by email", async () => {
    const ada = await member();
    const { recoveryCodes } = await addsPhone(app, ada);
    for (const code of recoveryCodes.slice(0, 7)) await enters(await begins(ada), code);
    expect((await ada.opens(overview)).text).not.toContain("before you run out");
    const person = await begins(ada);
    await enters(person, recoveryCodes[7] ?? "");
    expect((await person.opens("/dashboard")).text).toContain("You have 2 recovery codes left");
    expect((await person.opens(overview)).text).toContain("before you run out");
    expect(await eventsOf(ada)).toContain("recovery-codes-low");
    const mails = (await app.emails(ada.identity.email)).filter(({ subject }) => subject === "A recovery code was used");
    expect(mails.filter(({ text }) => text.includes("Create new ones in Settings"))).toHaveLength(1);
  });

  it("recovery codes: new ones end the old ones, and can be downloaded without JavaScript", async () => {
    const ada = await member();
    const { recoveryCodes: old } = await addsPhone(app, ada);
    const made = await ada.fillsIn("/settings/two-factor/recovery", {});
    expect(made.location).toBe("/settings/two-factor/recovery");
    // A link preview and a script take nothing out of the cookie.
    await ada.sends("HEAD", "/settings/two-factor/recovery");
    await ada.opens("/settings/two-factor/recovery", { accept: "application/json" });
    const page = await ada.opens("/settings/two-factor/recovery");
    const codes = [...page.html.matchAll(/<li><code>([^<]*)</g)].map(([, code = ""]) => code);
    expect([codes.length, codes.some((code) => old.includes(code)), page.headers.get("cache-control")]).toEqual([10, false, "no-store"]);
    const file = await ada.posts("/settings/two-factor/recovery/download", { csrf_token: page.token, codes: codes.join(" ") });
    expect([
      file.status,
      file.headers.get("content-type"),
      file.headers.get("content-disposition"),
      file.headers.get("cache-control"),
    ]).toEqual([200, "text/plain; charset=UTF-8", 'attachment; filename="recovery-codes.txt"', "no-store"]);
    for (const code of codes) expect(file.html).toContain(code);
    expect((await enters(await begins(ada), old[0] ?? "")).status).toBe(401);
    expect((await enters(await begins(ada), codes[0] ?? "")).status).toBe(303);
  });

  it("recovery codes: a file holds no other text than codes of the account", { tags: ["asvs-3.2.1"] }, async () => {
    const ada = await member();
    const { recoveryCodes } = await addsPhone(app, ada);
    const other = await addsPhone(app, await member());
    for (const codes of ["", "run me", other.recoveryCodes.join(" "), `${recoveryCodes.join(" ")} extra`]) {
      const { token } = await ada.opens("/settings/two-factor");
      const answer = await ada.posts("/settings/two-factor/recovery/download", { csrf_token: token, codes });
      expect([answer.status, answer.headers.get("content-disposition")]).toEqual([422, null]);
    }
  });

  it("recovery codes: a form that is sent twice makes one set, and shows it", async () => {
    const ada = await member();
    await addsPhone(app, ada);
    const { token } = await ada.opens("/settings/two-factor/recovery");
    const form = { csrf_token: token };
    const [one, two] = [await ada.posts("/settings/two-factor/recovery", form), await ada.posts("/settings/two-factor/recovery", form)];
    expect([one.location, two.location]).toEqual(["/settings/two-factor/recovery", "/settings/two-factor/recovery"]);
    const page = await ada.opens("/settings/two-factor/recovery");
    const codes = [...page.html.matchAll(/<li><code>([^<]*)</g)].map(([, code = ""]) => code);
    expect((await enters(await begins(ada), codes[3] ?? "")).status).toBe(303);
  });
});

async function pendingPhone(person: Person): Promise<Phone> {
  const { authenticator } = (await person.opens(setUp, json)).json() as { authenticator: { secret: string } };
  return phoneWith(app, authenticator.secret);
}

describe("two factor: without the page of ways back", () => {
  it.each([
    ["leads to CONTACT_URL", { CONTACT_URL: "mailto:help@example.com" }, "Can't use any of these? Contact support."],
    ["names the site", { SITE_NAME: "The Reading Room" }, "Can't use any of these? Ask the people who run The Reading Room."],
  ])("second step: the help %s", async (_, settings, help) => {
    const inUse = features.filter(({ name }) => name !== "recover-two-factor");
    const site = await testApp(settings, { features: inUse, verified: true });
    const ada = await site.person({ username: "ada" }).isLoggedIn();
    await addsPhone(site, ada);
    const browser = site.person(ada.identity);
    await browser.logsIn();
    const { text, html } = await browser.opens("/login/two-factor");
    expect(text).toContain(help);
    expect(html.includes('<a href="mailto:help@example.com">Contact support</a>')).toBe("CONTACT_URL" in settings);
    await site.close();
  });
});
