/** Tests attacks on verification: account enumeration, pre-registration hijack. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databaseContents } from "../../../../test/attacks/database-contents.ts";
import { sendsForms } from "../../../../test/attacks/forms.ts";
import { type RawAnswer, sendRaw } from "../../../../test/attacks/raw-http.ts";
import { endCodes, namesCode } from "../../../../test/codes.ts";
import { onOneEngine } from "../../../../test/database.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const wide = {
  SIGNUP: "confirm",
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/1h",
};
const hour = 3_600_000;
const password = "a harbour at dusk";
const confirmPath = "/verify-email/confirm";

let app: TestApp;
beforeEach(async () => {
  app = await testApp(wide);
});
afterEach(() => app.close());

const emailTo = async (email: string, subject = "Verify your") => (await app.emails(email)).find((sent) => sent.subject.includes(subject));
const codeFor = async (email: string) => /^ {4}(\d{6})$/m.exec((await emailTo(email))?.text ?? "")?.[1] ?? "";
const linkFor = async (email: string) => linkIn(await emailTo(email), confirmPath);
/** With a token from the login page, because a browser without a requested code gets no form. */
const types = async (who: Person, code: string) => who.posts("/verify-email", { csrf_token: (await who.opens("/login")).token, code });
const asksAgain = (who: Person) => who.fillsIn("/verify-email", { again: "1" });
const opensAccount = async (email: string, secret: string) => (await app.person({ email, password: secret }).logsIn()).status === 303;

async function member(username: string): Promise<Person> {
  const person = app.person({ username, password: "the members own words" });
  await person.signsUp();
  await types(person, await codeFor(person.identity.email));
  return person;
}

/** Opens a link and submits its form. */
async function follows(who: Person, link: string, fields: Record<string, string> = {}): Promise<number> {
  await who.opens(link);
  const path = link.split("?")[0] ?? "";
  // The page of a dead link has no form, so the token is taken from the login page.
  const token = (await who.opens(path)).token || (await who.opens("/login")).token;
  return (await who.posts(path, { csrf_token: token, ...fields })).status;
}

describe("account enumeration by signing up and verifying", onOneEngine, () => {
  /** Emails of the same length, so that responses can be compared byte by byte. */
  const asked = { new: "brandnew@example.com", "an account": "hasonesx@example.com", "an account that waits": "iswaited@example.com" };
  beforeEach(async () => {
    await member("hasonesx");
    await app.person({ username: "iswaited" }).signsUp();
    // Resets the limits of each inbox.
    app.passes(hour + 1_000);
  });

  /** Responses and costs of the requests, which share one browser for each email. */
  async function traces(steps: readonly Step[]): Promise<Record<string, unknown[]>> {
    const found: Record<string, unknown[]> = {};
    for (const [who, email] of Object.entries(asked)) {
      // The same username for each; none of them may keep it.
      const person = app.person({ username: "curiosity", email, password });
      found[who] = [];
      for (const step of steps) found[who].push(await step(person));
    }
    return found;
  }
  type Step = (person: Person) => Promise<unknown>;

  const browser =
    (path: string, fields: (person: Person) => Record<string, string>): Step =>
    async (person) => {
      const { token } = await person.opens(path);
      app.resetRecords();
      const answer = await sendRaw(app.url, {
        method: "POST",
        path,
        headers: [
          ["Content-Type", "application/x-www-form-urlencoded"],
          ["Cookie", person.cookieHeader()],
        ],
        body: new URLSearchParams({ csrf_token: token, ...fields(person) }).toString(),
      });
      return noted(person, answer);
    };

  const program =
    (path: string, fields: (person: Person) => Record<string, string>): Step =>
    async (person) => {
      app.resetRecords();
      const headers: [string, string][] = [["Content-Type", "application/json"]];
      if (person.cookies.size > 0) headers.push(["Cookie", person.cookieHeader()]);
      return noted(person, await sendRaw(app.url, { method: "POST", path, headers, body: JSON.stringify(fields(person)) }));
    };

  function noted(person: Person, { head, body }: RawAnswer) {
    const cookies = [...head.matchAll(/^set-cookie: ([^=]+)=([^;\r]*)/gim)];
    for (const [, name = "", value = ""] of cookies) person.cookies.set(name, value);
    const plainHead = head.replaceAll(/^date: .*$/gim, "").replaceAll(/^(set-cookie: [^=]+=)[^;\r]*/gim, "$1…");
    const plainBody = body.replaceAll(/value="[\w-]{86}"/g, "").replaceAll(person.identity.email, "…");
    return {
      head: plainHead,
      body: plainBody,
      lengths: cookies.map(([, name, value]) => `${name} ${value?.length}`),
      hashes: app.hashes.length,
      queries: app.queries.map(({ sql }) => kindOf(sql)).filter((kind, i, all) => all.indexOf(kind) === i),
      writes: app.queries.filter(({ isWrite }) => isWrite).map(({ sql }) => kindOf(sql)),
    };
  }

  const kindOf = (sql: string) =>
    /^(?:select|insert into|update|delete from)|(?<=from )"\w+"|(?<=into )"\w+"|(?<=update )"\w+"/g
      [Symbol.match](sql)
      ?.slice(0, 2)
      .join(" ") ?? sql;

  const signsUp = ({ identity }: Person) => ({ ...identity, confirm_password: identity.password });
  const logsIn = ({ identity }: Person) => ({ email: identity.email, password: identity.password });

  it.each([
    ["browser", browser],
    ["program", program],
  ] as const)("learns nothing by signing up, nor by what comes after it, as a %s", { tags: ["asvs-6.3.8"] }, async (_, as) => {
    const found = await traces([
      as("/signup", signsUp),
      async (person) => {
        await endCodes(app);
        return as("/verify-email", () => ({ code: "000000" }))(person);
      },
      as("/verify-email", () => ({ again: "1" })),
      as("/login", logsIn),
      as("/verify-email", () => ({ again: "1" })),
      // More than five emails to one inbox.
      ...Array.from({ length: 4 }, () => as("/signup", signsUp)),
      as("/reset-password", ({ identity }) => ({ email: identity.email })),
    ]);
    expect(JSON.stringify(found["new"])).toMatch(/HTTP\/1\.1 (?:303|202) /);
    expect(found["an account"]).toEqual(found["new"]);
    expect(found["an account that waits"]).toEqual(found["new"]);
  });

  it("sign up: logging in elsewhere with the chosen password does not reveal a known email", { tags: ["asvs-6.3.8"] }, async () => {
    const found: Record<string, unknown> = {};
    for (const [who, email] of Object.entries(asked)) {
      await app.person({ username: "curiosity", email, password }).signsUp();
      const elsewhere = app.person({ username: "curiosity", email, password });
      const statuses = [];
      for (let i = 0; i < 12; i++) statuses.push((await elsewhere.logsIn()).status);
      found[who] = statuses;
    }
    const expected = [...Array.from({ length: 10 }, () => 401), 429, 429];
    expect(found).toEqual({ new: expected, "an account": expected, "an account that waits": expected });
  });

  it("sign up: the username stays free for a known and for a new email", { tags: ["asvs-6.3.8"] }, async () => {
    const insider = await member("insider");
    await insider.logsIn();
    for (const [i, [who, email]] of Object.entries(asked).entries()) {
      const username = `probe${i}`;
      await app.person({ username, email }).signsUp();
      expect((await app.person({ username, email: `mine${i}@example.com` }).signsUp()).location, who).toBe("/verify-email");
      await app.person({ username, email }).signsUp();
      expect((await insider.fillsIn("/settings/change-username", { username })).status, who).toBe(303);
    }
  });

  it("sign up: a taken username is refused for every email and changes nothing", async () => {
    const before = await databaseContents(app.s);
    for (const email of Object.values(asked)) {
      const { status, text } = await app.person({ username: "HASONESX", email }).signsUp();
      expect([status, text.includes("This username is taken.")]).toEqual([422, true]);
    }
    const rows = (all: string[]) => all.filter((row) => !row.startsWith("rate_limits "));
    expect(rows(await databaseContents(app.s))).toEqual(rows(before));
  });
});

describe("pre-registration hijack", onOneEngine, () => {
  const victim = () => app.person({ username: "victim", email: "victim@example.com", password: "the victims own words" });
  const attacker = () => app.person({ username: "squatter", email: "victim@example.com", password: "the squatters own words" });
  const attackerLogsIn = () => opensAccount("victim@example.com", "the squatters own words");

  it("sign up: the owner's sign-up replaces an earlier one, whose password no longer works", async () => {
    const early = attacker();
    await early.signsUp();
    const earlyLink = await linkFor("victim@example.com");
    const owner = victim();
    await owner.signsUp();
    expect((await types(owner, await codeFor("victim@example.com"))).status).toBe(303);
    expect(await attackerLogsIn()).toBe(false);
    expect(await follows(owner, earlyLink)).toBe(410);
    expect((await owner.logsIn()).location).toBe("/dashboard");
  });

  it("verify email: the owner's new code does not verify an account that an attacker signed up after the owner", async () => {
    const owner = victim();
    await owner.signsUp();
    await attacker().signsUp();
    await asksAgain(owner);
    await types(owner, await codeFor("victim@example.com"));
    for (const sent of await app.emails("victim@example.com")) {
      if (sent.text.includes(confirmPath)) await follows(owner, linkIn(sent, confirmPath), { password: "the victims own words" });
    }
    expect(await attackerLogsIn()).toBe(false);
    expect((await findUserByEmail(app.s, "victim@example.com"))?.email_verified_at).toBeNull();
  });

  it("verify email: an attacker who used up the limit of emails gets nothing verified by the owner's later email", async () => {
    for (let i = 0; i < 6; i++) await attacker().signsUp();
    const owner = victim();
    expect((await owner.signsUp()).location).toBe("/verify-email");
    app.passes(hour + 1_000);
    await asksAgain(owner);
    expect((await types(owner, await codeFor("victim@example.com"))).status).toBe(303);
    expect(await attackerLogsIn()).toBe(false);
    expect((await owner.logsIn()).location).toBe("/dashboard");
  });

  it("reset password: the owner's reset ends the attacker's sessions and links", async () => {
    const early = attacker();
    await early.signsUp();
    const [link, code] = [await linkFor("victim@example.com"), await codeFor("victim@example.com")];
    const owner = victim();
    await owner.fillsIn("/reset-password", { email: "victim@example.com" });
    const own = { password: "the victims own words", confirm_password: "the victims own words" };
    expect(await follows(owner, linkIn(await emailTo("victim@example.com", "Reset your"), "/reset-password/choose"), own)).toBe(303);
    expect((await types(early, code)).status).toBe(422);
    expect(await follows(early, link)).toBe(410);
    expect(await attackerLogsIn()).toBe(false);
  });

  it("verify email: the attacker's link needs a password in the owner's browser", {
    tags: ["asvs-6.4.1"],
  }, async () => {
    await attacker().signsUp();
    const link = await linkFor("victim@example.com");
    const owner = victim();
    expect(await follows(owner, link)).toBe(422);
    expect(await follows(owner, link, { password: "the victims own words" })).toBe(401);
    expect((await findUserByEmail(app.s, "victim@example.com"))?.email_verified_at).toBeNull();
  });

  it("verify email: with SIGNUP=open an account in use loses the email once its owner resets the password", async () => {
    const open = await testApp({ ...wide, SIGNUP: "open" });
    await open.person({ username: "squatter", email: "victim@example.com", password: "the squatters own words" }).isLoggedIn();
    const stranger = open.person({ username: "stranger", email: "victim@example.com" });
    await stranger.signsUp();
    const before = (await open.emails("victim@example.com")).length;
    // A refused sign-up can request no email.
    await stranger.fillsIn("/verify-email", { again: "1" });
    expect(await open.emails("victim@example.com")).toHaveLength(before);
    await open.close();
  });
});

describe("guessing of codes", () => {
  it("verify email: of fifty simultaneous guesses five are tried, and the correct code is refused afterwards", {
    tags: ["asvs-6.6.3"],
  }, async () => {
    const guesser = app.person({ username: "guesser" });
    await guesser.signsUp();
    const code = await codeFor("guesser@example.com");
    const { token } = await guesser.opens("/verify-email");
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    await Promise.all(Array.from({ length: 50 }, () => guesser.posts("/verify-email", { csrf_token: token, code: wrong })));
    expect((await types(guesser, code)).status).toBe(422);
  });

  it("verify email: signing up again gives no new code beyond the limit of emails", async () => {
    const email = "hammered@example.com";
    const digits = new Set<string>();
    for (let i = 0; i < 12; i++) {
      app.resetRecords();
      await app.person({ username: `hammer${i}`, email }).signsUp();
      const rows = await app.s.db.selectFrom("one_time_tokens").select("code_hash").where("email", "=", email).execute();
      for (const { code_hash } of rows) digits.add(code_hash ?? "");
    }
    expect(digits.size).toBe(5);
  });

  it("verify email: attempts of one network are limited, with a sentence and Retry-After", async () => {
    const strict = await testApp({ ...wide, LIMIT_CODES_PER_IP: "3/10m", LIMIT_EMAILS_PER_IP: "2/1h" });
    const guesser = strict.person({ username: "guesser" });
    await guesser.signsUp();
    await endCodes(strict);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await guesser.fillsIn("/verify-email", { code: "000000" })).status);
    expect(statuses).toEqual([422, 422, 422, 429]);
    const again = [];
    for (let i = 0; i < 3; i++) again.push(await guesser.fillsIn("/verify-email", { again: "1" }));
    expect(again.map(({ status }) => status)).toEqual([303, 303, 429]);
    expect(Number(again[2]?.headers.get("retry-after"))).toBeGreaterThan(3_000);
    await strict.close();
  });

  it("verify email: codes of another browser, another account or an earlier email are refused", { tags: ["asvs-6.6.2"] }, async () => {
    const [ada, eve] = [app.person({ username: "ada" }), app.person({ username: "eve" })];
    await ada.signsUp();
    await eve.signsUp();
    const older = await codeFor("ada@example.com");
    // Two codes are equal once in a million times.
    if (older !== (await codeFor("eve@example.com"))) expect((await types(eve, older)).status).toBe(422);
    expect((await types(app.person(), older)).status).toBe(422);
    await asksAgain(ada);
    const newer = await codeFor("ada@example.com");
    if (newer !== older) expect((await types(ada, older)).status).toBe(422);
    expect((await types(ada, newer)).status).toBe(303);
    expect((await types(ada, newer)).status).toBe(422);
  });
});

describe("simultaneous verifications", () => {
  const fifty = <T>(make: (i: number) => Promise<T>) => Promise.all(Array.from({ length: 50 }, (_, i) => make(i)));
  const events = (event: string) => app.s.db.selectFrom("audit").selectAll().where("event", "=", event).execute();

  it("verify email: fifty submissions of its link verify once", { tags: ["asvs-15.4.2"] }, async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    await ada.opens(await linkFor("ada@example.com"));
    const answers = await sendsForms(ada, confirmPath, 50);
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(await events("email-verified")).toHaveLength(1);
  });

  it("verify email: fifty submissions of its code verify once", { tags: ["asvs-15.4.2"] }, async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    const code = await codeFor("ada@example.com");
    const answers = await sendsForms(ada, "/verify-email", 50, { code });
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(await events("email-verified")).toHaveLength(1);
  });

  it("sign up: fifty simultaneous sign-ups with one email get the same response, one account and five emails at most", async () => {
    app.resetRecords();
    const answers = await fifty((i) =>
      app.person().sendsJson("/signup", { username: `twin${i}`, email: "Twin@example.com", password, confirm_password: password }),
    );
    expect(new Set(answers.map(({ status, html }) => `${status} ${html}`))).toEqual(new Set(['202 {"status":"check-email"}']));
    expect(await app.s.db.selectFrom("users").selectAll().execute()).toHaveLength(1);
    expect(app.queries.filter(({ sql }) => sql.startsWith('insert into "outbox"'))).toHaveLength(5);
  });
});

describe("a verification link", onOneEngine, () => {
  it("one-time token: it is refused on the pages of other purposes", async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    await ada.fillsIn("/reset-password", { email: "ada@example.com" });
    const token = (link: string) => new URL(link, app.url).searchParams.get("token") ?? "";
    const confirm = token(await linkFor("ada@example.com"));
    const reset = token(linkIn(await emailTo("ada@example.com", "Reset your"), "/reset-password/choose"));
    const chosen = { password: "another harbour at dawn", confirm_password: "another harbour at dawn" };
    for (const door of ["/reset-password/choose", "/report-compromise", "/revert-email"])
      expect(await follows(app.person(), `${door}?token=${confirm}`, chosen), door).toBe(410);
    expect(await follows(ada, `${confirmPath}?token=${reset}`)).toBe(410);
    expect(await follows(ada, `${confirmPath}?token=${confirm}`)).toBe(303);
    expect(await follows(ada, `${confirmPath}?token=${confirm}`)).toBe(410);
  });

  it.each(["", "null", "0", "[]", "0".repeat(43), "A".repeat(43), "%00", "a".repeat(5_000)])(
    "one-time token: the made-up value %j is refused (CVE-2019-16109)",
    async (token) => {
      await app.person({ username: "ada" }).signsUp();
      expect(await follows(app.person(), `${confirmPath}?token=${token}`, { password })).toBe(410);
      expect((await findUserByEmail(app.s, "ada@example.com"))?.email_verified_at).toBeNull();
    },
  );

  it("verify email: the link is dead after a day, and after another account replaced its own", async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    const first = await linkFor("ada@example.com");
    await ada.signsUp();
    expect(await follows(ada, first)).toBe(410);
    const second = await linkFor("ada@example.com");
    app.passes(24 * hour + 1);
    expect(await follows(ada, second)).toBe(410);
  });

  it("verify email: the token is in no page, log line or Referer", { tags: ["asvs-14.2.1"] }, async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    const link = await linkFor("ada@example.com");
    const [token, code] = [new URL(link, app.url).searchParams.get("token") ?? "-", await codeFor("ada@example.com")];
    const opened = await ada.opens(link);
    const page = await ada.opens(confirmPath);
    expect([opened, page].map(({ headers }) => headers.get("referrer-policy"))).toEqual(["no-referrer", "no-referrer"]);
    expect(opened.location).toBe(confirmPath);
    expect(page.html.replaceAll(/(?:href|src)="[/#][^"]*"/g, "")).not.toMatch(/(?:href|src)=/);
    await ada.posts(confirmPath, { csrf_token: page.token });
    const [shown, logged] = [page.html.replaceAll("ada@example.com</strong>", ""), JSON.stringify(app.lines)];
    for (const text of [shown, logged]) {
      for (const secret of [token, "ada@example.com", password]) expect(text).not.toContain(secret);
      expect(namesCode(text, code)).toBe(false);
    }
  });
});

describe("emails of signing up", () => {
  it("sign up: links in emails ignore the Host header", { ...onOneEngine, tags: ["asvs-4.1.3"] }, async () => {
    await member("known");
    for (const email of ["known@example.com", "poisoned@example.com"]) {
      const person = app.person({ username: `from${email.slice(0, 4)}`, email });
      const { token } = await person.opens("/signup");
      const { status } = await sendRaw(app.url, {
        method: "POST",
        path: "/signup",
        headers: [
          ["Host", "evil.test"],
          ["X-Forwarded-Host", "evil.test"],
          ["Forwarded", "host=evil.test"],
          ["Content-Type", "application/x-www-form-urlencoded"],
          ["Cookie", person.cookieHeader()],
        ],
        body: new URLSearchParams({ csrf_token: token, ...person.identity, confirm_password: password }).toString(),
      });
      expect(status).toBe(303);
      const [sent] = await app.emails(email);
      const hosts = [...`${sent?.text} ${sent?.html}`.matchAll(/https?:\/\/([^/\s"<]+)/g)].map(([, host]) => host);
      expect(new Set(hosts)).toEqual(new Set(["localhost:5050"]));
    }
  });

  it.each([
    "ada@example.org\r\nBcc: all@example.com",
    "ada@example.org%0d%0aBcc:all@example.com",
    "a@example.org,b@example.org",
    '"ada\r\n"@example.org',
    "Ada <ada@example.org>",
    "<script>@example.org",
    "ada@example.org\u2028x",
  ])("sign up: the email %j is refused", { tags: ["asvs-1.3.11"] }, async (email) => {
    expect((await app.person({ username: "ada", email }).signsUp()).status).toBe(422);
    expect(await app.emails()).toEqual([]);
  });

  it("sign up: the emails do not contain the username", onOneEngine, async () => {
    await app.person({ username: "you-won.evil.test", email: "stranger@example.net" }).signsUp();
    const [sent] = await app.emails("stranger@example.net");
    expect(sent?.text).toMatch(/^Enter this code/);
    expect(JSON.stringify(sent)).not.toContain("evil.test");
  });

  it("emails: one inbox gets five verification and five reset emails an hour", { tags: ["asvs-2.4.1"] }, async () => {
    const email = "flooded@example.com";
    app.resetRecords();
    for (let i = 0; i < 4; i++) {
      const person = app.person({ username: `flood${i}`, email });
      await person.signsUp();
      await asksAgain(person);
      await person.fillsIn("/reset-password", { email: "FLOODED@example.com" });
    }
    expect(app.queries.filter(({ sql }) => sql.startsWith('insert into "outbox"'))).toHaveLength(9);
    app.resetRecords();
    for (let i = 0; i < 4; i++) {
      await app.person({ username: `again${i}`, email }).signsUp();
      await app.person().fillsIn("/reset-password", { email });
    }
    expect(app.queries.filter(({ sql }) => sql.startsWith('insert into "outbox"'))).toHaveLength(1);
  });
});
