/** Attacks on authenticator apps and recovery codes; each public report is of another product. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emailLink } from "../../../../test/features/email-link/email-link.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, codeUnlike, phoneWith, untilCodesDiffer, wrongCode } from "../../../../test/two-factor.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { beginSessionForTest } from "../../../core/sign-in/sign-in.ts";
import { findUserByName } from "../../../core/users/users.ts";
import { usersOf } from "../../../library/users.ts";
import { features } from "../../index.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({}, { verified: true, features: [...features, emailLink] });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

const json = { accept: "application/json" };
const setUp = "/settings/two-factor/authenticator";
let counter = 0;
const member = () => app.person({ username: `user${counter++}` }).isLoggedIn();
const idOf = async ({ identity }: Person) => (await findUserByName(app.s, identity.username))?.id ?? "";
const eventsOf = async (person: Person) => (await listEvents(app.s, await idOf(person), 200)).map(({ event }) => event);
const countOf = async (person: Person, name: string) => (await eventsOf(person)).filter((event) => event === name).length;
const sessionsOf = async (person: Person) =>
  (
    await app.s.db
      .selectFrom("sessions")
      .select("methods")
      .where("user_id", "=", await idOf(person))
      .execute()
  ).map(({ methods }) => methods);
const noticesTo = async ({ identity }: Person, subject: string) =>
  (await app.emails(identity.email)).filter((email) => email.subject === subject);

/** Passes the first step as a JSON client, and returns the token of the sign-in that waits. */
async function pendingOf({ identity: { email, password } }: Person): Promise<string> {
  const answer = await app.person().sendsJson("/login", { email, password, session: "token" });
  expect(answer.status).toBe(202);
  return (answer.json() as { pending: string }).pending;
}
const sends = (pending: string, code: string) => app.person().sendsJson("/login/two-factor", { pending, code });
const statusOf = async (pending: string, code: string) => (await sends(pending, code)).status;

async function removesApp(person: Person, name: string): Promise<void> {
  const { authenticators } = (await person.opens("/settings/two-factor", json)).json() as {
    authenticators: { id: string; name: string }[];
  };
  const id = authenticators.find((each) => each.name === name)?.id ?? "";
  expect((await person.fillsIn(`${setUp}/remove?id=${id}`, { id })).location).toBe("/settings/two-factor");
}

/** A logged-in member with an app; his own session is over, so that what follows starts the only ones. */
async function enrolled() {
  const person = await member();
  const phone = await addsPhone(app, person);
  await person.logsOut();
  return { person, phone };
}

describe("attacks on codes of authenticator apps", () => {
  it("removed app: all other sessions end with it", { tags: ["asvs-7.4.3"] }, async () => {
    const person = await member();
    const [phone, tablet] = [await addsPhone(app, person), await addsPhone(app, person, "Tablet")];
    const others = [app.person(person.identity), app.person(person.identity)];
    for (const [i, each] of others.entries()) {
      await each.logsIn();
      const code = i === 0 ? codeUnlike(app, phone, tablet) : codeUnlike(app, tablet, phone);
      expect((await each.fillsIn("/login/two-factor", { code })).location).toBe("/dashboard");
    }
    await removesApp(person, "Tablet");
    for (const each of others) expect((await each.opens("/dashboard")).location).toMatch(/^\/login/);
    expect((await person.opens("/dashboard")).status).toBe(200);
  });

  it("removed app: the session that has set it up ends with it", { tags: ["asvs-7.4.3"] }, async () => {
    const phonesBrowser = await member();
    const stolen = await addsPhone(app, phonesBrowser, "Stolen phone");
    const laptop = app.person(phonesBrowser.identity);
    await laptop.logsIn();
    expect((await laptop.fillsIn("/login/two-factor", { code: stolen.recoveryCodes[0] ?? "" })).location).toBe("/dashboard");
    await addsPhone(app, laptop, "New phone");
    await removesApp(laptop, "Stolen phone");
    expect((await phonesBrowser.opens("/dashboard")).location).toMatch(/^\/login/);
    expect((await laptop.opens("/dashboard")).status).toBe(200);
  });

  it("removed app: a session that a new app has authenticated again ends with it", { tags: ["asvs-7.4.3"] }, async () => {
    const { person, phone } = await enrolled();
    app.passes(80 * 3_600_000);
    const stolen = app.person(person.identity);
    await stolen.logsIn();
    expect((await stolen.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" })).location).toBe("/dashboard");
    const young = await addsPhone(app, stolen, "Young");
    app.passes(3_600_000);
    expect((await stolen.fillsIn("/confirm-password", { two_factor_code: codeUnlike(app, young, phone) })).status).toBe(303);
    const laptop = app.person(person.identity);
    await laptop.logsIn();
    expect((await laptop.fillsIn("/login/two-factor", { code: phone.recoveryCodes[0] ?? "" })).location).toBe("/dashboard");
    await removesApp(laptop, "Young");
    expect((await stolen.opens("/dashboard")).location).toMatch(/^\/login/);
  });

  it("removed factors: new recovery codes end the other sessions with a code, and turning it off ends all others", {
    tags: ["asvs-7.4.3"],
  }, async () => {
    const person = await member();
    const phone = await addsPhone(app, person);
    const logsIn = async (code: string) => {
      const each = app.person(person.identity);
      await each.logsIn();
      expect((await each.fillsIn("/login/two-factor", { code })).location).toBe("/dashboard");
      return each;
    };
    const isIn = async (each: Person) => (await each.opens("/dashboard")).status === 200;
    const [byApp, byCode] = [await logsIn(phone.code()), await logsIn(phone.recoveryCodes[0] ?? "")];
    expect((await byCode.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    expect([await isIn(person), await isIn(byApp), await isIn(byCode)]).toEqual([true, true, true]);
    const made = (await byCode.opens("/settings/two-factor/recovery")).html;
    const byNewCode = await logsIn(/<li><code>([^<]*)</.exec(made)?.[1] ?? "");
    expect((await person.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    expect([await isIn(person), await isIn(byApp), await isIn(byCode), await isIn(byNewCode)]).toEqual([true, true, false, false]);
    // A code that is younger than 72 hours names no factor of the session.
    const newest = /<li><code>([^<]*)</.exec((await person.opens("/settings/two-factor/recovery")).html)?.[1] ?? "";
    expect((await byApp.fillsIn("/confirm-password", { two_factor_code: newest })).status).toBe(303);
    expect((await person.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    expect([await isIn(person), await isIn(byApp)]).toEqual([true, false]);
    await beginSessionForTest(app.s, await idOf(person));
    expect((await person.fillsIn("/settings/two-factor/off", {})).status).toBe(303);
    expect([await isIn(person), (await sessionsOf(person)).length]).toEqual([true, 1]);
  });

  // Also DMOJ#1692 and Infisical#6049.
  it("replay: a code logs in once, also with another pending sign-in (neiliro#55)", { tags: ["asvs-6.5.1"] }, async () => {
    const { person, phone } = await enrolled();
    const [first, second] = [await pendingOf(person), await pendingOf(person)];
    untilCodesDiffer(app, phone);
    const code = phone.code();
    expect(await statusOf(first, code)).toBe(200);
    expect(await statusOf(second, code)).toBe(401);
    expect(await statusOf(second, phone.code(-1))).toBe(401);
    expect(await statusOf(second, phone.code(1))).toBe(200);
  });

  // Used codes were remembered for 60 s, and accepted for 90 s.
  it("replay: a code stays used as long as its step is accepted (Infisical#6112)", { tags: ["asvs-6.5.1"] }, async () => {
    const { person, phone } = await enrolled();
    untilCodesDiffer(app, phone);
    app.passes(30_000 - (app.s.now() % 30_000));
    const early = phone.code(1);
    expect(await statusOf(await pendingOf(person), early)).toBe(200);
    for (let i = 0; i < 3; i++) {
      app.passes(29_999);
      expect(await statusOf(await pendingOf(person), early)).toBe(401);
    }
  });

  it("replay: the code that set the app up logs nobody in", { tags: ["asvs-6.5.1"] }, async () => {
    const ada = await member();
    await ada.fillsIn(setUp, {});
    const { authenticator } = (await ada.opens(setUp, json)).json() as { authenticator: { secret: string } };
    const phone = phoneWith(app, authenticator.secret);
    const code = phone.code();
    expect((await ada.fillsIn(setUp, { code })).status).toBe(303);
    expect(await statusOf(await pendingOf(ada), code)).toBe(401);
    expect(await statusOf(await pendingOf(ada), phone.code(1))).toBe(200);
  });

  it("replay: of ten concurrent requests with one code one starts a session", { tags: ["asvs-6.5.1"] }, async () => {
    const { person, phone } = await enrolled();
    const pending: string[] = [];
    for (let i = 0; i < 10; i++) pending.push(await pendingOf(person));
    const code = phone.code();
    const statuses = await Promise.all(pending.map((each) => statusOf(each, code)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(await sessionsOf(person)).toEqual(["password totp"]);
  });

  // Two requests both read "4 of 5 tries".
  it("guessing: of twenty concurrent tries at one sign-in five are checked (idenplane#398)", { tags: ["asvs-6.6.3"] }, async () => {
    const { person, phone } = await enrolled();
    const pending = await pendingOf(person);
    const wrong = wrongCode(phone);
    await Promise.all(Array.from({ length: 20 }, () => sends(pending, wrong)));
    expect(await countOf(person, "two-factor-failed")).toBeLessThanOrEqual(5);
    expect(await statusOf(pending, phone.code())).toBe(410);
    expect(await sessionsOf(person)).toEqual([]);
  });

  // 500 codes in four seconds, because the general limit switched the one of codes off.
  it.each([
    [
      "off",
      {
        LIMIT_LOGIN_PER_ACCOUNT: "100000/1m",
        LIMIT_LOGIN_PER_IP: "100000/1m",
        LIMIT_LOGIN_PER_DEVICE: "100000/1m",
        LIMIT_CODES_PER_IP: "100000/1m",
      },
    ],
    [
      "on",
      { LIMIT_LOGIN_PER_ACCOUNT: "100/1m", LIMIT_LOGIN_PER_IP: "200/1m", LIMIT_LOGIN_PER_DEVICE: "100/1m", LIMIT_CODES_PER_IP: "100/1m" },
    ],
  ])(
    "guessing: with all other limits %s, an account has ten wrong codes an hour (keycloak-2fa-email#146)",
    { tags: ["asvs-6.6.3"] },
    async (_, limits) => {
      const own = app;
      app = await testApp(limits, { verified: true });
      try {
        const { person, phone } = await enrolled();
        const wrong = wrongCode(phone);
        const statuses: number[] = [];
        for (let login = 0; login < 6; login++) {
          const pending = await pendingOf(person);
          for (let i = 0; i < 5; i++) statuses.push(await statusOf(pending, wrong));
        }
        expect(statuses.filter((status) => status === 401)).toHaveLength(10);
        expect(statuses.slice(10)).toEqual(Array(20).fill(429));
        app.passes(3_600_000);
        expect(await statusOf(await pendingOf(person), phone.code())).toBe(200);
      } finally {
        await app.close();
        app = own;
      }
    },
  );

  it("guessing: strangers do not use up the tries of a device that has logged in before", { tags: ["asvs-6.3.1"] }, async () => {
    const { person, phone } = await enrolled();
    const wrong = wrongCode(phone);
    for (let login = 0; login < 2; login++) {
      const pending = await pendingOf(person);
      for (let i = 0; i < 5; i++) await sends(pending, wrong);
    }
    expect(await statusOf(await pendingOf(person), phone.code())).toBe(429);
    await person.logsIn();
    expect((await person.fillsIn("/login/two-factor", { code: phone.code() })).status).toBe(303);
  });

  it("guessing: a wrong code costs one event, three counters and no password hash", async () => {
    const { person, phone } = await enrolled();
    const pending = await pendingOf(person);
    app.resetRecords();
    await sends(pending, wrongCode(phone));
    expect(app.hashes).toEqual([]);
    expect(app.queries.filter(({ sql }) => sql.startsWith("insert into")).map(({ sql }) => /"(\w+)"/.exec(sql)?.[1])).toEqual([
      "rate_limits",
      "rate_limits",
      "audit",
      "rate_limits",
    ]);
  });

  it("guessing: the owner is told of three wrong codes after the right password, once an hour", { tags: ["asvs-6.3.5"] }, async () => {
    const { person, phone } = await enrolled();
    const subject = "Someone entered incorrect codes";
    const guesses = async (pending: string, count: number) => {
      for (let i = 0; i < count; i++) await sends(pending, wrongCode(phone));
    };
    const pending = await pendingOf(person);
    await guesses(pending, 2);
    expect(await noticesTo(person, subject)).toHaveLength(0);
    await guesses(pending, 3);
    const [notice] = await noticesTo(person, subject);
    expect(notice?.text.replaceAll("\n", " ")).toContain("Someone entered your correct password at Latchkey, and then 3 incorrect codes.");
    expect(notice?.text).toContain("/report-compromise?token=");
    for (let i = 0; i < 5; i++) {
      app.passes(11 * 60_000);
      await guesses(await pendingOf(person), 3);
    }
    expect(await noticesTo(person, subject)).toHaveLength(1);
    app.passes(11 * 60_000);
    await guesses(await pendingOf(person), 3);
    expect(await noticesTo(person, subject)).toHaveLength(2);
  });

  it("guessing: without a pending sign-in nothing is checked or written", async () => {
    const { phone } = await enrolled();
    app.resetRecords();
    for (const pending of ["", "x", "A".repeat(43)]) expect(await statusOf(pending, phone.code())).toBe(410);
    expect(app.queries.filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  it("another account: its code and its pending sign-in do not fit together", async () => {
    const [ada, eve] = [await enrolled(), await enrolled()];
    expect(await statusOf(await pendingOf(ada.person), codeUnlike(app, eve.phone, ada.phone))).toBe(401);
    expect(await statusOf(await pendingOf(ada.person), eve.phone.recoveryCodes[0] ?? "")).toBe(401);
    expect(await statusOf(await pendingOf(eve.person), eve.phone.code())).toBe(200);
  });

  it("stolen database: a secret copied to another account logs nobody in", async () => {
    const [ada, eve] = [await enrolled(), await enrolled()];
    const rows = app.s.db.selectFrom("authenticators").select(["id", "secret"]);
    const hers = await rows.where("user_id", "=", await idOf(ada.person)).executeTakeFirstOrThrow();
    const copied = await rows.where("user_id", "=", await idOf(eve.person)).executeTakeFirstOrThrow();
    await app.s.db.updateTable("authenticators").set({ secret: copied.secret }).where("id", "=", hers.id).execute();
    expect(await statusOf(await pendingOf(ada.person), eve.phone.code())).toBe(401);
    expect(await statusOf(await pendingOf(ada.person), ada.phone.recoveryCodes[0] ?? "")).toBe(200);
  });

  it("stolen database: no table, email or log line holds a secret or a recovery code", { tags: ["asvs-16.2.5"] }, async () => {
    app.resetRecords();
    const { person, phone } = await enrolled();
    const [used = "", ...others] = phone.recoveryCodes;
    const exported = await member();
    await statusOf(await pendingOf(person), used);
    const stored: string[] = [JSON.stringify(app.lines), JSON.stringify(await app.emails())];
    for (const table of ["authenticators", "recovery_codes", "one_time_tokens", "audit", "outbox", "submitted_forms", "users"] as const)
      stored.push(JSON.stringify(await app.s.db.selectFrom(table).selectAll().execute()));
    stored.push((await exported.fillsIn("/settings/export", {})).html);
    for (const secret of [phone.secret, used, ...others].flatMap((text) => [text, text.replaceAll("-", "")])) {
      expect(stored.filter((text) => text.includes(secret))).toEqual([]);
    }
  });
});

describe("attacks on recovery codes", () => {
  // Also simple-login#198: readable; linkid#703: 50 bits under SHA-256; idenplane#398: 32 bits.
  it("recovery codes: have 115 bits each, and are stored as keyed hashes of the account and the code (bitwarden/server#270)", {
    tags: ["asvs-6.5.2"],
  }, async () => {
    const { person, phone } = await enrolled();
    expect(new Set(phone.recoveryCodes).size).toBe(10);
    const plain = phone.recoveryCodes.map((code) => code.replaceAll("-", ""));
    for (const code of plain) expect(code).toMatch(/^[A-HJ-NP-Z2-9]{23}$/);
    const id = await idOf(person);
    const rows = await app.s.db.selectFrom("recovery_codes").select("code_hash").where("user_id", "=", id).execute();
    const hashes = rows.map(({ code_hash }) => code_hash);
    const expected = plain.map((code) => app.s.keyring.hash("recovery-code", `${id} ${code}`));
    expect(hashes.sort()).toEqual(expected.sort());
    // Without the key, the hash of a known code cannot be computed.
    const guesses = plain.flatMap((code) => [code, `${id} ${code}`]).map((text) => createHash("sha256").update(text).digest("base64url"));
    expect(hashes.filter((hash) => guesses.some((guess) => hash.includes(guess)))).toEqual([]);
  });

  it("recovery codes: of ten concurrent requests with one code one starts a session", { tags: ["asvs-6.5.1"] }, async () => {
    const { person, phone } = await enrolled();
    const pending: string[] = [];
    for (let i = 0; i < 10; i++) pending.push(await pendingOf(person));
    const statuses = await Promise.all(pending.map((each) => statusOf(each, phone.recoveryCodes[4] ?? "")));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(await sessionsOf(person)).toEqual(["password recovery-code"]);
    expect(await countOf(person, "recovery-code-used")).toBe(1);
  });

  it("recovery codes: wrong ones count with wrong codes of the app", { tags: ["asvs-6.6.3"] }, async () => {
    const { person, phone } = await enrolled();
    const pending = await pendingOf(person);
    const wrong = "AAAAAA-AAAAAA-AAAAAA-AAAAA";
    for (let i = 0; i < 3; i++) expect(await statusOf(pending, wrong)).toBe(401);
    for (let i = 0; i < 2; i++) expect(await statusOf(pending, wrongCode(phone))).toBe(401);
    expect(await statusOf(pending, phone.recoveryCodes[0] ?? "")).toBe(410);
  });

  it("recovery codes: the download tells about ten guesses an hour with a stolen session, and no more", {
    tags: ["asvs-6.6.3"],
  }, async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    const { token } = await ada.opens("/settings/display-name");
    const asks = async (codes: string) => (await ada.posts("/settings/two-factor/recovery/download", { csrf_token: token, codes })).status;
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push(await asks(`WRONGWRONG${i}`));
    expect(statuses).toEqual([...Array(10).fill(422), 429, 429]);
    expect(await asks(phone.recoveryCodes[0] ?? "")).toBe(429);
  });

  it("recovery codes: hostile text is a wrong code", async () => {
    const { person } = await enrolled();
    for (const code of ["\u0000", "A".repeat(10_000), "' or 1=1 --", "٠".repeat(7), "🔑".repeat(23), "\ud800"]) {
      expect(await statusOf(await pendingOf(person), code)).toBe(401);
    }
  });
});

describe("attacks around the second factor", () => {
  // In Keycloak, the reset of a password took the second factor off.
  it("password reset: starts no session, removes no factor, and the next login asks for it (CVE-2026-18963)", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const { person, phone } = await enrolled();
    const { email } = person.identity;
    const thief = app.person();
    await thief.fillsIn("/reset-password", { email });
    const sent = (await app.emails(email)).find(({ text }) => text.includes("/reset-password/choose?"));
    await thief.opens(linkIn(sent, "/reset-password/choose"));
    const password = "eleven slow trains";
    expect((await thief.fillsIn("/reset-password/choose", { password, confirm_password: password })).location).toBe("/login");
    expect(await sessionsOf(person)).toEqual([]);
    expect((await thief.fillsIn("/login", { email, password })).location).toBe("/login/two-factor");
    expect((await thief.opens("/dashboard")).status).toBe(303);
    expect((await thief.fillsIn("/login/two-factor", { code: phone.code() })).location).toBe("/dashboard");
  });

  it("password set by an administrator: the next login asks for the factor", { tags: ["asvs-6.4.3"] }, async () => {
    const { person } = await enrolled();
    await usersOf(app.s).setPassword(await idOf(person), "eleven slow trains");
    expect((await app.person(person.identity).logsIn({ password: "eleven slow trains" })).location).toBe("/login/two-factor");
  });

  // Turning it on or off asked for the password, also of accounts without one.
  it("account without a password: turns two-factor authentication on, makes codes and turns it off (better-auth#1279)", async () => {
    const ada = await member();
    const { email } = ada.identity;
    await app.s.db
      .deleteFrom("passwords")
      .where("user_id", "=", await idOf(ada))
      .execute();
    await ada.logsOut();
    const byLink = async () => {
      await ada.fillsIn("/email-link", { email });
      await ada.opens(
        linkIn(
          (await app.emails(email)).find(({ text }) => text.includes("/email-link/open?")),
          "/email-link/open",
        ),
      );
      return ada.fillsIn("/email-link/open", {});
    };
    expect((await byLink()).location).toBe("/dashboard");
    const phone = await addsPhone(app, ada);
    await ada.logsOut();
    expect((await byLink()).location).toBe("/login/two-factor");
    expect((await ada.fillsIn("/login/two-factor", { code: phone.code() })).location).toBe("/dashboard");
    app.passes(16 * 60_000);
    const asked = await ada.opens("/settings/two-factor/off");
    expect(asked.location).toMatch(/^\/confirm-password\?next=/);
    expect((await ada.opens(asked.location ?? "")).html).not.toContain('name="current_password"');
    const confirmed = await ada.fillsIn(asked.location ?? "", { two_factor_code: phone.code(), next: "/settings/two-factor/off" });
    expect(confirmed.location).toBe("/settings/two-factor/off");
    expect((await ada.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    expect((await ada.fillsIn("/settings/two-factor/off", {})).location).toBe("/settings/two-factor");
  });

  it.each([
    ["a new app", setUp, {}],
    ["new recovery codes", "/settings/two-factor/recovery", {}],
    ["turning off", "/settings/two-factor/off", {}],
    ["removing an app", `${setUp}/remove`, { id: "x" }],
    ["renaming an app", `${setUp}/rename`, { id: "x", name: "y" }],
  ])("stolen session: %s needs a recent authentication", { tags: ["asvs-7.5.1"] }, async (_, path, fields) => {
    const ada = await member();
    await addsPhone(app, ada);
    app.passes(16 * 60_000);
    const { token } = await ada.opens("/settings/two-factor");
    const asked = await ada.posts(path, { csrf_token: token, ...fields });
    expect([asked.status, asked.html.includes('name="two_factor_code"')]).toEqual([403, true]);
    const row = await findUserByName(app.s, ada.identity.username);
    expect(row?.two_factor_since).not.toBeNull();
  });

  it("code of an app: one that sets up a new app re-authenticates nobody", async () => {
    const ada = await member();
    const phone = await addsPhone(app, ada);
    await ada.fillsIn(setUp, {});
    app.passes(16 * 60_000);
    const { token } = await ada.opens("/settings/two-factor");
    expect((await ada.posts(setUp, { csrf_token: token, code: phone.code() })).status).toBe(403);
  });

  it("this wasn't me: takes back a second factor that an intruder turned on", async () => {
    const ada = await member();
    const thief = app.person(ada.identity);
    await thief.logsIn();
    const phone = await addsPhone(app, thief);
    const [notice] = await noticesTo(ada, "Two-factor authentication is on");
    await reports(notice?.text ?? "");
    expect(await statusAfterReset(ada)).toBe("/dashboard");
    expect(phone.recoveryCodes).toHaveLength(10);
    expect(await rowsOf(ada)).toEqual([0, 0]);
  });

  it("this wasn't me: takes back an app and recovery codes that an intruder added, and leaves the owner's app", async () => {
    const { person: ada, phone } = await enrolled();
    app.passes(73 * 3_600_000);
    const thief = app.person(ada.identity);
    await thief.logsIn();
    await thief.fillsIn("/login/two-factor", { code: phone.code() });
    app.passes(10 * 60_000);
    await addsPhone(app, thief, "Mallory's");
    await thief.fillsIn("/settings/two-factor/recovery", {});
    expect(await rowsOf(ada)).toEqual([2, 10]);
    const [notice] = await noticesTo(ada, "Authenticator app added");
    await reports(notice?.text ?? "");
    expect(await rowsOf(ada)).toEqual([1, 0]);
    expect(await statusAfterReset(ada)).toBe("/login/two-factor");
    expect((await ada.fillsIn("/login/two-factor", { code: phone.code() })).location).toBe("/dashboard");
  });

  it("this wasn't me: a second factor that was on for more than 72 hours stays on, also without a factor", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const { person: ada, phone } = await enrolled();
    app.passes(73 * 3_600_000);
    await ada.logsIn();
    await ada.fillsIn("/login/two-factor", { code: phone.code() });
    await addsPhone(app, ada, "New phone");
    const { authenticators } = (await ada.opens("/settings/two-factor", json)).json() as { authenticators: { id: string }[] };
    await ada.fillsIn(`${setUp}/remove?id=${authenticators[0]?.id}`, { id: authenticators[0]?.id ?? "" });
    const [notice] = await noticesTo(ada, "Authenticator app added");
    await reports(notice?.text ?? "");
    expect(await statusAfterReset(ada)).toBe("/login/two-factor");
    expect((await ada.fillsIn("/login/two-factor", { code: phone.recoveryCodes[2] ?? "" })).location).toBe("/dashboard");
  });

  it("shared computer: recovery codes that were not shown yet are gone after a logout", { tags: ["asvs-14.3.1"] }, async () => {
    const ada = await member();
    await addsPhone(app, ada);
    await ada.fillsIn("/settings/two-factor/recovery", {});
    expect(ada.cookies.get("latchkey_codes")).toBeDefined();
    const stolen = ada.cookies.get("latchkey_codes") ?? "";
    await ada.logsOut();
    expect(ada.cookies.has("latchkey_codes")).toBe(false);
    const eve = await member();
    await addsPhone(app, eve);
    eve.cookies.set("latchkey_codes", stolen);
    expect((await eve.opens("/settings/two-factor/recovery")).html).not.toContain("<li><code>");
  });
});

/** The number of apps and of unused recovery codes. */
async function rowsOf(person: Person): Promise<number[]> {
  const id = await idOf(person);
  const apps = await app.s.db.selectFrom("authenticators").select("id").where("user_id", "=", id).execute();
  const codes = await app.s.db.selectFrom("recovery_codes").select("code_hash").where("user_id", "=", id).execute();
  return [apps.length, codes.length];
}

async function reports(text: string): Promise<void> {
  const owner = app.person();
  await owner.opens(linkIn({ text } as never, "/report-compromise"));
  expect((await owner.fillsIn("/report-compromise", {})).status).toBe(303);
}

/** Where a login leads after the reset of the password that a report needs. */
async function statusAfterReset(person: Person): Promise<string | null> {
  const { email } = person.identity;
  const sent = (await app.emails(email)).find(({ text }) => text.includes("/reset-password/choose?"));
  const browser = app.person();
  await browser.opens(linkIn(sent, "/reset-password/choose"));
  const password = "eleven slow trains";
  expect((await browser.fillsIn("/reset-password/choose", { password, confirm_password: password })).status).toBe(303);
  person.cookies.clear();
  return (await person.logsIn({ password })).location;
}

describe("a lost phone", () => {
  it("two-factor: a recovery code confirms its user in a browser that skips the second step", async () => {
    const person = await member();
    const phone = await addsPhone(app, person);
    app.passes(16 * 60_000);
    const confirms = (code: string) => person.fillsIn("/confirm-password", { two_factor_code: code, next: "/settings/two-factor/off" });
    expect((await confirms("aaaaa-aaaaa-aaaaa-aaaaa-aaa")).status).toBe(401);
    const [code = ""] = phone.recoveryCodes;
    expect((await confirms(code)).location).toBe("/settings/two-factor/off");
    expect(await noticesTo(person, "A recovery code was used")).toHaveLength(1);
    app.passes(16 * 60_000);
    expect((await confirms(code)).status).toBe(401);
  });

  it("two-factor: a code that was used says so", async () => {
    const { person, phone } = await enrolled();
    const code = phone.code();
    expect(await statusOf(await pendingOf(person), code)).toBe(200);
    expect((await sends(await pendingOf(person), code)).text).toContain(
      "This code was already used. Wait until the app shows the next one.",
    );
  });
});

describe("attacks with a stolen session and the password", () => {
  it("two-factor: a change of password does not make the session's second factor recent", { tags: ["asvs-7.5.1"] }, async () => {
    const person = await member();
    await addsPhone(app, person);
    app.passes(16 * 60_000);
    expect((await person.opens("/settings/two-factor/off")).location).toMatch(/^\/confirm-password/);
    const changed = { password: "nine grey herons", confirm_password: "nine grey herons" };
    const answer = await person.fillsIn("/settings/change-password", { current_password: person.identity.password, ...changed });
    expect(answer.status).toBe(303);
    expect((await person.opens("/settings/two-factor/off")).location).toMatch(/^\/confirm-password/);
  });
});
