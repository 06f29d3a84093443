/** Tests attacks on logging in by email: planted links and accounts, guessing, account enumeration, skipped steps. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RawAnswer, sendRaw } from "../../../../test/attacks/raw-http.ts";
import { endCodes, namesCode, wrongDigits } from "../../../../test/codes.ts";
import { onOneEngine } from "../../../../test/database.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { inTransaction } from "../../../core/services.ts";
import { findUserByEmail, markEmailVerified } from "../../../core/users/users.ts";
import { takeBackChoice } from "./choice.ts";

const path = "/login/code";
const hour = 3_600_000;
const wide = {
  EMAIL_LOGIN: "on",
  SIGNUP: "confirm",
  TRUST_PROXY: "127.0.0.1",
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_LONG: "1000/1d",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/1h",
};

let app: TestApp;
afterEach(() => app.close());

const emailTo = async (email: string) => (await app.emails(email))[0];
const codeIn = (text = "") => /^ {4}(\d{6})$/m.exec(text)?.[1] ?? "";
const codeFor = async (email: string) => codeIn((await emailTo(email))?.text);
const linkFor = async (email: string) => linkIn(await emailTo(email), `${path}/link`);
const asks = (who: Person, email = who.identity.email) => who.fillsIn(path, { email });
/** With a token from the login page, since a browser that asked for nothing has no form for a code. */
const types = async (who: Person, code: string) => who.posts(path, { csrf_token: (await who.opens("/login")).token, code });
const isLoggedIn = async (who: Person) => (await who.opens("/dashboard")).status === 200;
const wrongOf = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");
const at = (ip: string) => ({ "x-forwarded-for": ip });

async function member(username: string, headers: Record<string, string> = {}): Promise<Person> {
  const person = app.person({ username }, headers);
  await person.signsUp();
  const user = await findUserByEmail(app.s, person.identity.email);
  await inTransaction(app.s, (tx) => markEmailVerified(tx, user?.id ?? "", person.identity.email));
  return person;
}

async function change(email: string, set: Record<string, number | null>): Promise<void> {
  await app.s.db.updateTable("users").set(set).where("email", "=", email).execute();
}

describe("planted links and accounts", () => {
  beforeEach(async () => {
    app = await testApp(wide);
  });

  it("email login: a link that somebody else requested logs nobody in, and names its account", { tags: ["asvs-6.4.1"] }, async () => {
    const attacker = await member("mallory");
    await asks(attacker);
    const link = await linkFor("mallory@example.com");
    const victim = await member("victim");
    for (const isWaiting of [false, true]) {
      if (isWaiting) await asks(victim);
      await victim.opens(link);
      const page = await victim.opens(`${path}/link`);
      expect(page.text).toContain("This isn't the browser that requested the login for mallory@example.com.");
      expect(page.html).not.toContain('action="/login/code/link"');
      const forced = await victim.posts(`${path}/link`, { csrf_token: (await victim.opens("/login")).token });
      expect([forced.status, await isLoggedIn(victim)]).toEqual([403, false]);
    }
    const token = new URL(link, app.url).searchParams.get("token");
    expect((await app.person().sendsJson(`${path}/link`, { token })).status).toBe(403);
  });

  it("email login: in another browser the link shows the code, which works only in the one that asked", async () => {
    const ada = await member("ada");
    await asks(ada);
    const code = await codeFor("ada@example.com");
    const phone = app.person();
    await phone.opens(await linkFor("ada@example.com"));
    expect((await phone.opens(`${path}/link`)).text).toContain(code);
    expect((await types(phone, code)).status).toBe(422);
    expect(await isLoggedIn(phone)).toBe(false);
    expect((await types(ada, code)).location).toBe("/dashboard");
  });

  it("email login: a scanner that opens the link often, by GET and HEAD, uses nothing up", async () => {
    const ada = await member("ada");
    await asks(ada);
    const [link, code] = [await linkFor("ada@example.com"), await codeFor("ada@example.com")];
    for (let i = 0; i < 12; i++) {
      const scanner = app.person();
      await scanner.sends("HEAD", link);
      await scanner.opens(link);
      expect((await scanner.opens(`${path}/link`)).status).toBe(200);
    }
    expect((await types(ada, code)).location).toBe("/dashboard");
  });

  it("email login: the first proof of an inbox ends the password of whoever signed up with it before", async () => {
    const squatter = app.person({ username: "squatter", email: "victim@example.com", password: "the squatters own words" });
    await squatter.signsUp();
    const victim = app.person({ username: "victim" });
    await asks(victim);
    const answer = await types(victim, await codeFor("victim@example.com"));
    expect([answer.status, await isLoggedIn(victim)]).toEqual([303, true]);
    expect((await squatter.logsIn()).status).toBe(401);
    const user = await findUserByEmail(app.s, "victim@example.com");
    expect([user?.password_hash, user?.email_verified_at === null]).toEqual([null, false]);
    expect((await app.emails("victim@example.com")).map(({ subject }) => subject)).toContain("Earlier ways to log in were removed");
  });

  it("email login: the browser that signed up keeps the password it has chosen", async () => {
    const ada = app.person();
    await ada.signsUp();
    await asks(ada);
    expect((await types(ada, await codeFor("ada@example.com"))).location).toBe("/dashboard");
    expect((await app.person().logsIn()).location).toBe("/dashboard");
  });

  it("email login: with SIGNUP=open the first proof of an inbox ends the sessions of an account in use", async () => {
    await app.close();
    app = await testApp({ ...wide, SIGNUP: "open" });
    const squatter = await app.person({ username: "squatter", email: "victim@example.com" }).isLoggedIn();
    const victim = app.person({ username: "victim" });
    await asks(victim);
    await types(victim, await codeFor("victim@example.com"));
    expect([await isLoggedIn(victim), await isLoggedIn(squatter), (await squatter.logsIn()).status]).toEqual([true, false, 401]);
  });

  it("email login: an unverified account with two-factor authentication is neither verified nor emptied by a code", async () => {
    await app.close();
    app = await testApp({ ...wide, SIGNUP: "open" });
    const owner = await app.person({ username: "owner", email: "shared@example.com" }).isLoggedIn();
    await change("shared@example.com", { two_factor_since: app.s.now() });
    const reader = app.person({ username: "reader" });
    await asks(reader, "shared@example.com");
    expect((await emailTo("shared@example.com"))?.text.replaceAll(/\s+/g, " ")).toContain("must be verified first");
    const user = await findUserByEmail(app.s, "shared@example.com");
    expect([user?.email_verified_at, user?.password_hash === null, await isLoggedIn(owner)]).toEqual([null, false, true]);
  });

  it("email login: an account that changed after the email was sent is not entered by its code", { tags: ["asvs-15.4.2"] }, async () => {
    const ada = await member("ada");
    await asks(ada);
    const code = await codeFor("ada@example.com");
    await app.s.db
      .updateTable("users")
      .set((column) => ({ security_version: column("security_version", "+", 1) }))
      .execute();
    expect([(await types(ada, code)).status, await isLoggedIn(ada)]).toEqual([422, false]);
  });

  it("email login: a sign-up whose email got an account in the meantime ends", async () => {
    const slow = app.person({ username: "slow", email: "new@example.com" });
    await asks(slow);
    expect((await types(slow, await codeFor("new@example.com"))).location).toBe(`${path}/new`);
    const quick = app.person({ username: "quick", email: "new@example.com" });
    await quick.signsUp();
    const user = await findUserByEmail(app.s, "new@example.com");
    await inTransaction(app.s, (tx) => markEmailVerified(tx, user?.id ?? "", "new@example.com"));
    const refused = await slow.fillsIn(`${path}/new`, { username: "slow" });
    expect([refused.status, await isLoggedIn(slow)]).toEqual([422, false]);
    expect((await findUserByEmail(app.s, "new@example.com"))?.username).toBe("quick");
  });
});

describe("guessing of login codes", () => {
  beforeEach(async () => {
    app = await testApp(wide);
  });

  it("email login: of fifty simultaneous guesses five are tried, and the correct code is refused afterwards", {
    tags: ["asvs-6.6.3"],
  }, async () => {
    const ada = await member("ada");
    await asks(ada);
    const code = await codeFor("ada@example.com");
    const { token } = await ada.opens(path);
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => (await ada.posts(path, { csrf_token: token, code: wrongOf(code) })).status),
    );
    expect(statuses.filter((status) => status === 303)).toEqual([]);
    // From another network, whose own tries are unused.
    const elsewhere = app.person({ username: "ada" }, at("10.0.0.7"));
    for (const [name, value] of ada.cookies) elsewhere.cookies.set(name, value);
    expect([(await types(elsewhere, code)).status, await isLoggedIn(elsewhere)]).toEqual([422, false]);
  });

  it("email login: asking for new codes does not reset the tries, which are counted across codes", { tags: ["asvs-6.6.3"] }, async () => {
    const guesser = await member("ada", at("10.0.0.1"));
    const statuses: number[] = [];
    for (let codes = 0; codes < 4; codes++) {
      await asks(guesser);
      const wrong = wrongOf(await codeFor("ada@example.com"));
      for (let i = 0; i < 3; i++) statuses.push((await types(guesser, wrong)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 422), 429, 429]);
    const right = await types(guesser, await codeFor("ada@example.com"));
    expect([right.status, Number(right.headers.get("retry-after")) > 3_000]).toEqual([429, true]);
    app.passes(hour + 1_000);
    await asks(guesser);
    expect((await types(guesser, await codeFor("ada@example.com"))).location).toBe("/dashboard");
  });

  it("email login: a stranger who spends the tries of an account does not keep its owner out", { tags: ["asvs-6.3.1"] }, async () => {
    const owner = await member("ada", at("10.0.0.1"));
    await owner.logsIn();
    await owner.logsOut();
    for (const ip of ["10.0.0.1", "10.0.0.2"]) {
      const stranger = app.person({ username: "ada" }, at(ip));
      for (let codes = 0; codes < 3; codes++) {
        await asks(stranger);
        const wrong = wrongOf(await codeFor("ada@example.com"));
        for (let i = 0; i < 4; i++) await types(stranger, wrong);
      }
      expect((await types(stranger, "000000")).status).toBe(429);
    }
    // From a new network, and from a known device in the network of the stranger.
    const elsewhere = app.person({ username: "ada" }, at("10.0.0.3"));
    for (const who of [elsewhere, owner]) {
      await asks(who);
      expect((await types(who, await codeFor("ada@example.com"))).location).toBe("/dashboard");
    }
  });

  it("email login: a stranger's request does not end the owner's code", async () => {
    const owner = await member("ada");
    await asks(owner);
    const code = await codeFor("ada@example.com");
    await asks(app.person({ username: "ada" }));
    expect((await types(owner, code)).location).toBe("/dashboard");
  });

  it("email login: wrong codes are recorded for the account", { tags: ["asvs-16.3.1"] }, async () => {
    const ada = await member("ada");
    await asks(ada);
    await types(ada, wrongOf(await codeFor("ada@example.com")));
    const user = await findUserByEmail(app.s, "ada@example.com");
    const events = (await listEvents(app.s, user?.id ?? "", 10)).map(({ event }) => event);
    expect(events.slice(0, 2)).toEqual(["login-code-failed", "login-code-sent"]);
  });

  it("email login: neither code nor link is stored in readable form, logged, or left in the URL", {
    tags: ["asvs-6.5.2", "asvs-14.2.1"],
  }, async () => {
    const ada = await member("ada");
    await asks(ada);
    const [code, link] = [await codeFor("ada@example.com"), await linkFor("ada@example.com")];
    const token = new URL(link, app.url).searchParams.get("token") ?? "";
    const rows = JSON.stringify(await app.s.db.selectFrom("email_logins").select(["code_hash", "email", "proven_by"]).execute());
    expect(namesCode(rows, code)).toBe(false);
    expect((await ada.opens(link)).location).toBe(`${path}/link`);
    const logged = JSON.stringify(app.lines);
    expect([namesCode(logged, code), logged.includes(token)]).toEqual([false, false]);
  });
});

describe("steps that a login by email must not skip", () => {
  beforeEach(async () => {
    app = await testApp(wide);
  });

  it("email login: a locked password does not block it, and a reported compromise or a disabled account does", {
    tags: ["asvs-6.3.1"],
  }, async () => {
    const ada = await member("ada");
    await app.s.db.updateTable("passwords").set({ locked_at: app.s.now() }).execute();
    await asks(ada);
    expect((await types(ada, await codeFor("ada@example.com"))).location).toBe("/dashboard");
    for (const column of ["compromised_at", "disabled_at"]) {
      const before = app.person();
      await asks(before);
      const code = await codeFor("ada@example.com");
      await change("ada@example.com", { [column]: app.s.now() });
      expect([(await types(before, code)).status, await isLoggedIn(before)]).toEqual([422, false]);
      const after = app.person();
      await asks(after);
      expect(await codeFor("ada@example.com")).toBe("");
      await change("ada@example.com", { [column]: null });
    }
  });

  it("email login: an account with two-factor authentication is asked for it, after a code and after a link", {
    tags: ["asvs-6.3.4"],
  }, async () => {
    const ada = await member("ada");
    await change("ada@example.com", { two_factor_since: app.s.now() });
    await asks(ada);
    const byCode = await types(ada, await codeFor("ada@example.com"));
    expect([byCode.location, await isLoggedIn(ada)]).toEqual(["/login/two-factor", false]);
    const again = app.person();
    await asks(again);
    await again.opens(await linkFor("ada@example.com"));
    const byLink = await again.fillsIn(`${path}/link`, {});
    expect([byLink.location, await isLoggedIn(again)]).toEqual(["/login/two-factor", false]);
    const client = app.person();
    const { pending } = (await client.sendsJson(path, { email: "ada@example.com" })).json() as { pending: string };
    const due = await client.sendsJson(path, { code: await codeFor("ada@example.com"), pending, session: "token" });
    expect([due.status, due.json()]).toMatchObject([202, { due: "two-factor", pending: expect.any(String) }]);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toEqual([]);
  });

  it("email login: nobody passes without an email, whatever was asked before", async () => {
    await member("ada");
    const nobody = app.person({ username: "ada" });
    expect((await types(nobody, "000000")).status).toBe(422);
    expect((await nobody.fillsIn(path, { email: "ada@example.com" })).location).toBe(path);
    const code = wrongDigits(await codeFor("ada@example.com"));
    for (const fields of [{ code: "" }, { email: "ada@example.com", code }, { again: "1", code }])
      expect((await nobody.posts(path, { csrf_token: (await nobody.opens("/login")).token, ...fields })).status).toBe(422);
    expect((await nobody.opens(`${path}/new`)).html).not.toContain(`action="${path}/new"`);
    const { token } = await nobody.opens("/login");
    expect((await nobody.posts(`${path}/new`, { csrf_token: token, username: "nobody" })).status).not.toBe(303);
    expect((await nobody.sendsJson(`${path}/new`, { username: "nobody" })).status).not.toBe(200);
    expect((await nobody.posts(`${path}/link`, { csrf_token: token })).status).toBe(410);
    expect((await nobody.sendsJson(`${path}/link`, { token: "0".repeat(43) })).status).toBe(410);
    expect(await isLoggedIn(nobody)).toBe(false);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toEqual([]);
  });

  it("email login: a code works once", { tags: ["asvs-6.5.1"] }, async () => {
    const ada = await member("ada");
    await asks(ada);
    const code = await codeFor("ada@example.com");
    const { token } = await ada.opens(path);
    const cookies = ada.cookieHeader();
    const send = () =>
      sendRaw(app.url, {
        method: "POST",
        path,
        headers: [
          ["Content-Type", "application/x-www-form-urlencoded"],
          ["Cookie", cookies],
        ],
        body: new URLSearchParams({ csrf_token: token, code, again: String(Math.random()) }).toString(),
      });
    await Promise.all([send(), send(), send()]);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toHaveLength(1);
  });
});

describe("account enumeration by asking for a code", onOneEngine, () => {
  /** Emails of the same length, so that responses can be compared byte by byte. */
  const names = ["hasone", "nobody", "disabl", "report", "unveri", "refuse", "factor", "locked"];
  const emailOf = (name: string) => `${name}@example.com`;
  beforeEach(async () => {
    app = await testApp(wide);
    for (const name of names.filter((each) => each !== "nobody" && each !== "unveri")) await member(name);
    await app.person({ username: "unveri" }).signsUp();
    await change(emailOf("disabl"), { disabled_at: app.s.now() });
    await change(emailOf("report"), { compromised_at: app.s.now() });
    await change(emailOf("factor"), { two_factor_since: app.s.now() });
    const [locked, refuse] = [await findUserByEmail(app.s, emailOf("locked")), await findUserByEmail(app.s, emailOf("refuse"))];
    await app.s.db
      .updateTable("passwords")
      .set({ locked_at: app.s.now() })
      .where("user_id", "=", locked?.id ?? "")
      .execute();
    await app.s.db
      .insertInto("email_login_choices")
      .values({ user_id: refuse?.id ?? "", is_off: 1, changed_at: app.s.now() })
      .execute();
  });

  async function trace(person: Person, fields: Record<string, string>) {
    const { token } = await person.opens("/login");
    app.resetRecords();
    const answer = await sendRaw(app.url, {
      method: "POST",
      path,
      headers: [
        ["Content-Type", "application/x-www-form-urlencoded"],
        ["Cookie", person.cookieHeader()],
      ],
      body: new URLSearchParams({ csrf_token: token, ...fields }).toString(),
    });
    return noted(person, answer);
  }

  function noted(person: Person, { head, body }: RawAnswer) {
    const cookies = [...head.matchAll(/^set-cookie: ([^=]+)=([^;\r]*)/gim)];
    for (const [, name = "", value = ""] of cookies) person.cookies.set(name, value);
    return {
      head: head.replaceAll(/^date: .*$/gim, "").replaceAll(/^(set-cookie: [^=]+=)[^;\r]*/gim, "$1…"),
      body: body.replaceAll(/value="[\w-]{86}"/g, "").replaceAll(person.identity.email, "…"),
      lengths: cookies.map(([, name, value]) => `${name} ${value?.length}`),
      hashes: app.hashes.length,
      queries: app.queries.map(({ sql }) => sql),
    };
  }

  it("email login: asking, asking again and a wrong code are the same with and without an account, to the byte and the query", {
    tags: ["asvs-6.3.8"],
  }, async () => {
    const found: Record<string, unknown> = {};
    for (const name of names) {
      const person = app.person({ username: name });
      const asked = await trace(person, { email: emailOf(name) });
      const page = (await person.opens(path)).text.replaceAll(emailOf(name), "…");
      const again = await trace(person, { again: "1" });
      await endCodes(app);
      found[name] = [asked, page, again, await trace(person, { code: "000000" })];
    }
    expect(JSON.stringify(found["nobody"])).toMatch(/HTTP\/1\.1 303 /);
    for (const name of names) expect(found[name], name).toEqual(found["nobody"]);
  });

  it("email login: each inbox gets one email, and only those that can log in get a code", async () => {
    for (const name of names) {
      const before = (await app.emails(emailOf(name))).length;
      await asks(app.person({ username: name }));
      const emails = await app.emails(emailOf(name));
      expect(emails.length - before, name).toBe(1);
      expect(codeIn(emails[0]?.text) !== "", name).toBe(!["disabl", "report", "refuse"].includes(name));
    }
  });
});

describe("emails of logging in", () => {
  it("email login: a stranger cannot fill an inbox, and a known device has a limit of its own", async () => {
    app = await testApp({ ...wide, LIMIT_EMAILS_PER_INBOX: "3/1h", LIMIT_EMAILS_PER_DEVICE: "2/1d" });
    const owner = await member("ada", at("10.0.0.1"));
    await owner.logsIn();
    await owner.logsOut();
    const sent = async () => (await app.emails("ada@example.com")).filter(({ kind }) => kind === "login-code").length;
    for (let i = 0; i < 8; i++) {
      const answer = await asks(app.person({ username: "ada" }, at(`10.0.1.${i}`)));
      expect(answer.location).toBe(path);
    }
    expect(await sent()).toBe(3);
    await asks(owner);
    expect(await sent()).toBe(4);
    expect((await types(owner, await codeFor("ada@example.com"))).location).toBe("/dashboard");
  });

  it("re-authentication: a stranger who spends the emails of an inbox does not keep its owner from the code", {
    tags: ["asvs-6.3.1"],
  }, async () => {
    app = await testApp({ ...wide, LIMIT_EMAILS_PER_INBOX: "5/1h" });
    const ada = await member("ada", at("198.51.100.1"));
    await asks(ada);
    await types(ada, await codeFor("ada@example.com"));
    await app.s.db.deleteFrom("passwords").execute();
    app.passes(16 * 60_000);
    for (const ip of ["203.0.113.1", "203.0.113.2", "203.0.113.3"])
      for (let i = 0; i < 4; i++) await asks(app.person({}, at(ip)), "ada@example.com");
    expect((await ada.fillsIn("/confirm-password", { email_code: "" })).status).toBe(403);
    expect((await emailTo("ada@example.com"))?.kind).toBe("confirm-code");
    expect((await ada.fillsIn("/confirm-password", { email_code: await codeFor("ada@example.com") })).status).toBe(303);
  });

  it("shared computer: after a logout, the next user sees no email that a code was sent to", { tags: ["asvs-14.3.1"] }, async () => {
    app = await testApp(wide);
    const ada = await member("ada");
    await asks(ada);
    expect((await ada.opens(path)).text).toContain("ada@example.com");
    await ada.logsIn();
    expect((await ada.logsOut()).status).toBe(303);
    expect(ada.cookies.has("latchkey_email-code")).toBe(false);
    expect((await ada.opens(path)).text).not.toContain("ada@example.com");
  });

  it("email login: past the limit of emails the code of the last email still works", async () => {
    app = await testApp({ ...wide, LIMIT_EMAILS_PER_INBOX: "1/1h" });
    const ada = await member("ada");
    await asks(ada);
    const code = await codeFor("ada@example.com");
    await ada.fillsIn(path, { again: "1" });
    expect((await types(ada, code)).location).toBe("/dashboard");
  });

  it("email login: the email names the site, the browser, the IP and the time, and warns of other pages", async () => {
    app = await testApp({ ...wide, BASE_URL: "http://accounts.example.com", SITE_NAME: "The Reading Room" });
    const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    const ada = app.person({ username: "ada" }, { "user-agent": chrome, origin: "http://accounts.example.com", ...at("10.0.0.9") });
    const [, origin] = [await member("ada"), ada];
    await origin.fillsIn(path, { email: "ada@example.com" });
    const text = ((await emailTo("ada@example.com"))?.text ?? "").replaceAll(/\s+/g, " ");
    for (const part of ["accounts.example.com", "The Reading Room", "Chrome on Linux", "10.0.0.9", "UTC", "Never enter it anywhere else"])
      expect(text).toContain(part);
  });

  it("email login: an unverified inbox is not sent words that the client has chosen", async () => {
    app = await testApp(wide);
    const spammer = app.person({ username: "victim" }, { "user-agent": "BuyCheapPills/1.0" });
    await asks(spammer);
    expect((await emailTo("victim@example.com"))?.text).not.toContain("BuyCheapPills");
  });
});

describe("this wasn't me", () => {
  beforeEach(async () => {
    app = await testApp(wide);
  });

  const refuses = async (who: Person, login: "on" | "off") => {
    expect((await who.fillsIn("/settings/email-login", { login })).status).toBe(303);
  };
  const isOff = async () => (await app.s.db.selectFrom("email_login_choices").select("is_off").executeTakeFirstOrThrow()).is_off === 1;
  const reportsNotice = async (kind: string, fields: Record<string, string> = {}) => {
    const who = app.person();
    await who.opens(
      linkIn(
        (await app.emails("ada@example.com")).find((sent) => sent.kind === kind),
        "/report-compromise",
      ),
    );
    expect((await who.fillsIn("/report-compromise", fields)).status).toBe(303);
  };

  it.each([
    ["off", "on and off again", ["on", "off"]],
    ["off", "on", ["on"]],
  ] as const)("email login: a report leaves it %s, as the owner chose, after an intruder turned it %s", async (_, __, changes) => {
    const ada = await member("ada");
    await ada.logsIn();
    await addsPasskey(ada, passkeyDevice());
    await refuses(ada, "off");
    app.passes(100 * hour);
    await ada.logsIn();
    for (const login of changes) await refuses(ada, login);
    await reportsNotice("email-login-on");
    expect(await isOff()).toBe(true);
  });

  it.each(["", "on"])("email login: a report that brings passkeys back leaves it off, box %j", { tags: ["asvs-6.4.3"] }, async (box) => {
    const ada = await member("ada");
    await ada.logsIn();
    const device = passkeyDevice();
    for (const each of [device, passkeyDevice()]) await addsPasskey(ada, each);
    expect((await ada.fillsIn("/settings/change-password/remove", {})).status).toBe(303);
    app.passes(100 * hour);
    // Her own changes of the last days: she refuses codes, and replaces both passkeys.
    const owner = app.person(ada.identity);
    await logsInByPasskey(owner, device);
    await refuses(owner, "off");
    const earlier = await app.s.db.selectFrom("passkeys").select("id").execute();
    for (let i = 0; i < 2; i++) await addsPasskey(owner, passkeyDevice());
    for (const { id } of earlier) expect((await owner.fillsIn(`/settings/passkeys/remove?id=${id}`, { id })).status).toBe(303);
    app.passes(hour);
    await reportsNotice("passkey-removed", { keep_removed: box });
    expect((await app.s.db.selectFrom("passkeys").select("id").execute()).length).toBeGreaterThan(0);
    expect(await isOff()).toBe(true);
  });

  it("email login: a report turns it on where nothing else logs in", async () => {
    await member("ada");
    const id = (await findUserByEmail(app.s, "ada@example.com"))?.id ?? "";
    await app.s.db.insertInto("email_login_choices").values({ user_id: id, is_off: 1, changed_at: 1_000 }).execute();
    await inTransaction(app.s, (tx) => takeBackChoice(tx, id, 1_000));
    expect(await isOff()).toBe(true);
    await app.s.db.deleteFrom("passwords").execute();
    await inTransaction(app.s, (tx) => takeBackChoice(tx, id, 1_001));
    expect(await isOff()).toBe(false);
  });
});
