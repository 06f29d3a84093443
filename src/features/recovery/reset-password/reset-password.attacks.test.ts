/** Tests attacks on resetting a password: account takeover, enumeration, flooding. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databaseContents } from "../../../../test/attacks/database-contents.ts";
import { sendRaw } from "../../../../test/attacks/raw-http.ts";
import { onOneEngine } from "../../../../test/database.ts";
import { linkIn, type Person, purposeOf, type TestApp, testApp } from "../../../../test/person.ts";
import { transactional } from "../../../../test/transaction.ts";
import { findToken, redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { findUserByName } from "../../../core/users/users.ts";

const path = "/reset-password/choose";
const minute = 60_000;
const fresh = { password: "a lighthouse at dawn", confirm_password: "a lighthouse at dawn" };
const wide = {
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/1h",
};

let app: TestApp;
let ada: Person;
beforeEach(async () => {
  app = await testApp(wide);
  ada = await app.person().isLoggedIn();
});
afterEach(() => app.close());

const asks = (email: string, who = app.person()) => who.fillsIn("/reset-password", { email });
const tokenOf = (link: string) => new URL(link, app.url).searchParams.get("token") ?? "";
const resetEmails = async (email: string) => (await app.emails(email)).filter(({ text }) => text.includes(path));
const lastLink = async (email: string) => linkIn((await resetEmails(email))[0], path);
const rowOf = (username: string) => app.s.db.selectFrom("users").selectAll().where("username", "=", username).executeTakeFirstOrThrow();
const rowsWithoutLimits = async () => (await databaseContents(app.s)).filter((row) => !row.startsWith("rate_limits "));

async function linkFor(email: string): Promise<string> {
  await asks(email);
  return lastLink(email);
}

/** Opens a link in a new browser and submits its form, also without a form. */
async function follows(link: string, { who = app.person(), fields = fresh as Record<string, string> } = {}): Promise<number> {
  await who.opens(link);
  const linkPath = link.split("?")[0] ?? "";
  const token = (await who.opens(linkPath)).token || (await who.opens("/login")).token;
  return (await who.posts(linkPath, { csrf_token: token, ...fields })).status;
}

describe("reuse of a reset link", () => {
  it("reset password: a used link is dead in the same and in another browser", { tags: ["asvs-6.5.1"] }, async () => {
    const link = await linkFor("ada@example.com");
    const owner = app.person();
    await owner.opens(link);
    const kept = owner.cookieHeader();
    expect(await follows(link, { who: owner })).toBe(303);
    const after = await rowOf("ada");
    const intruder = app.person();
    for (const pair of kept.split("; ")) intruder.cookies.set(...(pair.split(/=(.*)/s) as [string, string]));
    const { token } = await intruder.opens("/login");
    expect(
      (await intruder.posts(path, { csrf_token: token, password: "my own words now", confirm_password: "my own words now" })).status,
    ).toBe(410);
    expect(await follows(link)).toBe(410);
    expect(await rowOf("ada")).toEqual(after);
  });

  it("reset password: fifty submissions change the password once and send one notice", { tags: ["asvs-15.4.2"] }, async () => {
    const owner = app.person();
    await owner.opens(await linkFor("ada@example.com"));
    const { token } = await owner.opens(path);
    const words = Array.from({ length: 50 }, (_, i) => `a lighthouse for the ${i}th of us`);
    const answers = await Promise.all(
      words.map(async (password) => ({
        password,
        status: (await owner.posts(path, { csrf_token: token, password, confirm_password: password })).status,
      })),
    );
    const won = answers.filter(({ status }) => status === 303);
    expect([won.length, answers.filter(({ status }) => status === 410).length]).toEqual([1, 49]);
    expect((await ada.logsIn({ password: won[0]?.password ?? "" })).status).toBe(303);
    expect((await app.emails("ada@example.com")).filter(({ subject }) => subject === "Your password was changed")).toHaveLength(1);
    const records = await app.s.db.selectFrom("audit").select("id").where("event", "=", "password-reset").execute();
    expect(records).toHaveLength(1);
  });
});

describe("an earlier link", onOneEngine, () => {
  it("reset password: the link is dead once another was requested", async () => {
    const older = await linkFor("ada@example.com");
    const newer = await linkFor("ada@example.com");
    expect(await follows(older)).toBe(410);
    expect(await follows(newer)).toBe(303);
  });

  it("reset password: of many links requested at once one works", async () => {
    await Promise.all(Array.from({ length: 4 }, () => asks("ada@example.com")));
    const links = (await resetEmails("ada@example.com")).map((sent) => linkIn(sent, path));
    expect(links).toHaveLength(4);
    const alive = await Promise.all(links.map((link) => findToken(app.s, purposeOf("reset-password"), tokenOf(link))));
    expect(alive.filter((row) => row !== undefined)).toHaveLength(1);
  });

  it("reset password: the link works a second before its thirty minutes are over, and not a second after", async () => {
    const link = await linkFor("ada@example.com");
    const row = await findToken(app.s, purposeOf("reset-password"), tokenOf(link));
    expect((row?.expires_at ?? 0) - (row?.created_at ?? 0)).toBe(30 * minute);
    const at = (ms: number) => ({ ...app.s, now: () => (row?.expires_at ?? 0) + ms });
    expect(await findToken(at(-1_000), purposeOf("reset-password"), tokenOf(link))).toBeDefined();
    for (const ms of [0, 1_000]) {
      expect(await findToken(at(ms), purposeOf("reset-password"), tokenOf(link)), `${ms}`).toBeUndefined();
      expect(await transactional(redeemToken)(at(ms), purposeOf("reset-password"), tokenOf(link)), `${ms}`).toBeUndefined();
    }
    app.passes(30 * minute + 1_000);
    expect(await follows(link)).toBe(410);
  });

  it("reset password: the link is dead after a password change in the settings", async () => {
    const link = await linkFor("ada@example.com");
    const changed = await ada.fillsIn("/settings/change-password", { current_password: ada.identity.password, ...fresh });
    expect(changed.status).toBe(303);
    expect(await follows(link)).toBe(410);
  });

  it.each(["ada@example.org", "Ada@example.com"])("reset password: the link is dead once the account's email is %s", async (email) => {
    const link = await linkFor("ada@example.com");
    await app.s.db.updateTable("users").set({ email, email_key: email.toLowerCase() }).execute();
    const before = await rowOf("ada");
    expect(await follows(link)).toBe(410);
    expect(await rowOf("ada")).toEqual(before);
  });

  it("reset password: the link of an open page is dead after the email changes", async () => {
    const owner = app.person();
    await owner.opens(await linkFor("ada@example.com"));
    const { token } = await owner.opens(path);
    await app.s.db.updateTable("users").set({ email: "new@example.com", email_key: "new@example.com" }).execute();
    expect((await owner.posts(path, { csrf_token: token, ...fresh })).status).toBe(410);
    expect((await ada.logsIn({ email: "new@example.com" })).status).toBe(303);
  });
});

describe("a token of another purpose", onOneEngine, () => {
  it("reset password: tokens of other purposes are refused, and its own is refused elsewhere", { tags: ["asvs-6.5.1"] }, async () => {
    const confirm = tokenOf(linkIn((await app.emails("ada@example.com"))[0], "/verify-email/confirm"));
    await ada.fillsIn("/settings/change-email", { email: "next@example.org" });
    const change = tokenOf(linkIn((await app.emails("next@example.org"))[0], "/settings/change-email/confirm"));
    const reset = tokenOf(await linkFor("ada@example.com"));
    for (const token of [confirm, change]) expect(await follows(`${path}?token=${token}`)).toBe(410);
    for (const linkPath of ["/verify-email/confirm", "/settings/change-email/confirm", "/report-compromise", "/revert-email"]) {
      expect(
        await follows(`${linkPath}?token=${reset}`, { who: linkPath.startsWith("/settings") ? ada : app.person() }),
        linkPath,
      ).toBeGreaterThanOrEqual(400);
    }
    expect(await follows(`${path}?token=${reset}`)).toBe(303);
    const notice = tokenOf(linkIn((await app.emails("ada@example.com"))[0], "/report-compromise"));
    expect(await follows(`${path}?token=${notice}`)).toBe(410);
  });

  it("reset password: a token changes its own account only, whatever other fields are sent", async () => {
    await app.person({ username: "eve" }).signsUp();
    const link = await linkFor("eve@example.com");
    const before = await rowOf("ada");
    const others = { user_id: before.id, id: before.id, email: "ada@example.com", username: "ada", purpose: "reset-password" };
    expect(await follows(`${link}&email=ada@example.com&user_id=${before.id}`, { fields: { ...fresh, ...others } })).toBe(303);
    expect(await rowOf("ada")).toEqual(before);
    expect((await app.person({ username: "eve" }).logsIn(fresh)).status).toBe(303);
  });

  it("link cookie: a forged or changed cookie is ignored", async () => {
    const link = await linkFor("ada@example.com");
    const intruder = app.person();
    const { token } = await intruder.opens(`${path}?token=${"A".repeat(43)}`).then(() => intruder.opens("/login"));
    const [name = "", value = ""] = [...intruder.cookies].find(([each]) => each.includes("link")) ?? [];
    const forged = `reset-password ${tokenOf(link)}`;
    for (const cookie of [forged, encodeURIComponent(forged), value.replace("A".repeat(10), tokenOf(link).slice(0, 10)), `${value}x`]) {
      intruder.cookies.set(name, cookie);
      expect((await intruder.posts(path, { csrf_token: token, ...fresh })).status, cookie).toBe(410);
    }
  });
});

describe("a malformed token", onOneEngine, () => {
  it.each([
    ["empty", "token="],
    ["without a value", "token"],
    ["the word null", "token=null"],
    ["the word undefined", "token=undefined"],
    ["zero", "token=0"],
    ["a null byte", "token=%00"],
    ["a list", "token[]=x"],
    ["an operator", "token[$ne]=x"],
    ["a star", "token=*"],
    ["a percent sign", "token=%25"],
    ["all zeros", `token=${"0".repeat(43)}`],
    ["very long", `token=${"a".repeat(5_000)}`],
    ["given twice", "token=x&token=y"],
    ["a piece of SQL", "token=' OR 1=1 --"],
  ])("reset password: a malformed token opens nothing while others are valid: %s (CVE-2019-16109)", async (_what, query) => {
    await asks("ada@example.com");
    const before = await rowsWithoutLimits();
    expect(await follows(`${path}?${query}`)).toBe(410);
    expect(await rowsWithoutLimits()).toEqual(before);
  });

  it.each([[null], [true], [0], [""], [[]], [{}], [[null]], [{ $ne: "" }]])(
    "reset password: a JSON token of %j is rejected and changes nothing",
    async (token) => {
      await asks("ada@example.com");
      const before = await rowsWithoutLimits();
      // A value that is no string is invalid; a string is a dead link.
      expect((await app.person().sendsJson(path, { token, ...fresh })).status).toBe(typeof token === "string" ? 410 : 422);
      expect(await rowsWithoutLimits()).toEqual(before);
    },
  );
});

describe("mail scanners", onOneEngine, () => {
  it("reset password: ten visits to the link change nothing and leave it valid", async () => {
    const link = await linkFor("ada@example.com");
    const before = await databaseContents(app.s);
    for (let i = 0; i < 10; i++) {
      const scanner = app.person({}, { "sec-purpose": "prefetch;prerender" });
      for (const method of ["HEAD", "GET"]) {
        expect((await scanner.sends(method, link)).status).toBe(303);
        expect((await scanner.sends(method, path)).status).toBe(200);
      }
    }
    expect(await databaseContents(app.s)).toEqual(before);
    expect(await follows(link)).toBe(303);
  });
});

describe("token leaks by an opened link", onOneEngine, () => {
  it("reset password: the token is in no URL, page, Referer or log line", { tags: ["asvs-14.2.1"] }, async () => {
    const link = await linkFor("ada@example.com");
    const secret = tokenOf(link);
    const owner = app.person();
    const landed = await owner.opens(link);
    expect([landed.status, landed.location]).toEqual([303, path]);
    const page = await owner.opens(path);
    const refused = await owner.posts(path, { csrf_token: page.token, password: "short", confirm_password: "short" });
    const done = await owner.posts(path, { csrf_token: page.token, ...fresh });
    const dead = await owner.opens(path);
    expect([page, refused, done, dead].map(({ status }) => status)).toEqual([200, 422, 303, 410]);
    for (const answer of [landed, page, refused, done, dead]) {
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.html).not.toContain(secret);
      expect(answer.location ?? "").not.toContain(secret);
    }
    const outside = [...page.html.matchAll(/\b(?:src|href|action)="([^"]*)"/g)]
      .map(([, url = ""]) => url)
      .filter((url) => !/^[/#](?!\/)/.test(url));
    expect(outside).toEqual([]);
    expect(landed.setCookies.get([...landed.setCookies.keys()].find((name) => name.includes("link")) ?? "")).toMatch(/HttpOnly/);
    for (const leaked of [secret, "ada@example.com", fresh.password]) expect(JSON.stringify(app.lines)).not.toContain(leaked);
  });

  it("reset password: the database has no usable token and no readable email", async () => {
    const secret = tokenOf(await linkFor("ada@example.com"));
    const kept = (await databaseContents(app.s)).join("\n");
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(Buffer.from(secret, "base64url").toString("hex"));
    expect(kept).not.toContain("Reset password");
  });
});

describe("Host header poisoning", onOneEngine, () => {
  it.each([
    [["Host", "evil.test"]],
    [["X-Forwarded-Host", "evil.test"]],
    [["X-Host", "evil.test"]],
    [["Forwarded", "host=evil.test;proto=https"]],
    [["X-Original-URL", "https://evil.test/"]],
    [["X-Forwarded-Proto", "evil"]],
  ] as [string, string][][])("reset password: links in the email ignore the header %j", async (poison) => {
    const who = app.person();
    const { token } = await who.opens("/reset-password");
    const form = [
      ["Content-Type", "application/x-www-form-urlencoded"],
      ["Cookie", who.cookieHeader()],
    ] as const;
    const body = new URLSearchParams({ csrf_token: token, email: "ada@example.com" }).toString();
    const { status } = await sendRaw(app.url, { method: "POST", path: "/reset-password", headers: [...form, poison], body });
    expect(status).toBe(303);
    const [sent] = await resetEmails("ada@example.com");
    const hosts = [...`${sent?.text} ${sent?.html}`.matchAll(/https?:\/\/([^/\s"<]+)/g)].map(([, host]) => host);
    expect(new Set(hosts)).toEqual(new Set(["localhost:5050"]));
    // Without the random token, which contains four letters by chance.
    expect(JSON.stringify(sent).replaceAll(/token=[\w-]{43}/g, "")).not.toContain("evil");
  });
});

describe("account enumeration by resetting a password", onOneEngine, () => {
  const asked = { path: "/reset-password", method: "POST" };
  const members = [
    "plain@example.com",
    "loggd@example.com",
    "aside@example.com",
    "repor@example.com",
    "leavs@example.com",
    "confd@example.com",
  ];

  beforeEach(async () => {
    for (const email of members) await app.person({ username: email.slice(0, 5), email }).signsUp();
    await app.person({ email: "loggd@example.com" }).logsIn();
    const set = (username: string, values: object) => app.s.db.updateTable("users").set(values).where("username", "=", username).execute();
    const lock = async (username: string) =>
      app.s.db
        .updateTable("passwords")
        .set({ locked_at: app.s.now() })
        .where("user_id", "=", (await findUserByName(app.s, username))?.id ?? "")
        .execute();
    await lock("aside");
    await set("repor", { compromised_at: app.s.now() });
    await lock("repor");
    await set("leavs", { erase_at: app.s.now() + 1_000_000 });
    await set("confd", { email_verified_at: app.s.now() });
    // Verification emails count towards the limit of an inbox: each member has got one, so the inbox without an account gets one too.
    await app.person({ username: "gone", email: "nobod@example.com" }).signsUp();
    await app.s.db.deleteFrom("users").where("username", "=", "gone").execute();
  });

  /** Everything that a client can see or measure: the response byte by byte, and its statements and hashes. */
  async function trace(email: string, as: "browser" | "program") {
    const person = app.person();
    const { token } = await person.opens("/reset-password");
    app.resetRecords();
    const answer = await sendRaw(app.url, {
      ...asked,
      headers:
        as === "program"
          ? [["Content-Type", "application/json"]]
          : [
              ["Content-Type", "application/x-www-form-urlencoded"],
              ["Cookie", person.cookieHeader()],
            ],
      body: as === "program" ? JSON.stringify({ email }) : new URLSearchParams({ csrf_token: token, email }).toString(),
    });
    const cost = { queries: app.queries.map(({ sql }) => sql), hashes: [...app.hashes] };
    for (const line of answer.head.matchAll(/^set-cookie: ([^=]+)=([^;\r]*)/gim)) person.cookies.set(line[1] ?? "", line[2] ?? "");
    const next = (await person.opens("/login")).html;
    const masked = `${answer.head}\n${answer.body}\n${next}`
      .replaceAll(/^date: .*$/gim, "")
      .replaceAll(/value="[\w-]{86}"/g, "")
      .replaceAll(email, "…");
    return { ...cost, masked: masked.replaceAll(/^(set-cookie: [^=]+=)[^;\r]*/gim, "$1…") };
  }

  it.each(["browser", "program"] as const)(
    "reset password: a known and an unknown email give the same response, statements and hashes, as a %s",
    { tags: ["asvs-6.3.8"] },
    async (as) => {
      const unknown = await trace("nobod@example.com", as);
      expect(unknown.masked).toMatch(as === "program" ? /^HTTP\/1\.1 202 / : /^HTTP\/1\.1 303 /);
      expect(unknown.queries.filter((sql) => /^insert into "(?:audit|one_time_tokens|outbox)"/.test(sql))).toHaveLength(3);
      expect(unknown.hashes).toEqual([]);
      for (const email of members) expect({ email, ...(await trace(email, as)) }).toEqual({ email, ...unknown });
      expect(await app.emails("nobod@example.com")).toHaveLength(0);
      for (const email of members) expect(await resetEmails(email), email).toHaveLength(1);
    },
  );

  it("reset password: the responses stay the same after the limit of emails is reached", { tags: ["asvs-6.3.8"] }, async () => {
    for (let i = 0; i < 6; i++) for (const email of ["nobod@example.com", "plain@example.com"]) await trace(email, "program");
    const unknown = await trace("nobod@example.com", "browser");
    expect(unknown.masked).toMatch(/^HTTP\/1\.1 303 /);
    expect(unknown.queries.some((sql) => sql.startsWith('insert into "outbox"'))).toBe(false);
    expect(await trace("plain@example.com", "browser")).toEqual(unknown);
  });

  it("reset password: a known email writes the same rows as an unknown one, except for the token", async () => {
    const rows = async () => ({
      outbox: (await app.s.db.selectFrom("outbox").selectAll().execute()).length,
      audit: (await app.s.db.selectFrom("audit").selectAll().execute()).length,
    });
    const before = await rows();
    await asks("nobod@example.com");
    const between = await rows();
    await asks("plain@example.com");
    const after = await rows();
    for (const table of ["outbox", "audit"] as const) {
      expect(between[table] - before[table], table).toBe(1);
      expect(after[table] - between[table], table).toBe(1);
    }
    const lengths = await app.s.db.selectFrom("outbox").select("message").orderBy("id", "desc").limit(2).execute();
    const [known = 0, unknown = 0] = lengths.map(({ message }) => message?.length ?? 0);
    expect(Math.abs(known - unknown) / known).toBeLessThan(0.05);
  });
});

describe("look-alike emails", () => {
  it("reset password: the email goes to the stored email of the account (CVE-2019-19844)", async () => {
    await asks("ADA@EXAMPLE.COM");
    expect((await resetEmails("ada@example.com")).length).toBe(1);
    expect((await app.emails()).map(({ to }) => to)).not.toContain("ADA@EXAMPLE.COM");
  });

  it.each(["ad\u0430@example.com", "ada@ex\u0430mple.com", "\uff41da@example.com", "ada@example.com.evil.test"])(
    "reset password: the look-alike %s gets no email",
    async (email) => {
      const before = (await app.emails()).length;
      expect((await asks(email)).status).toBe(303);
      expect(await app.emails()).toHaveLength(before);
    },
  );

  it.each([
    "ada@example.com,evil@example.net",
    "ada@example.com;evil@example.net",
    "ada@example.com evil@example.net",
    "ada@example.com\r\nBcc: evil@example.net",
    "ada@example.com%0aCc:evil@example.net",
    "Ada <ada@example.com>",
    '"ada@example.com"@evil.test',
    "ada@example.com\0",
  ])("reset password: the invalid email %j is refused, and no email is sent", { ...onOneEngine, tags: ["asvs-1.3.11"] }, async (email) => {
    const before = await rowsWithoutLimits();
    expect((await asks(email)).status).toBe(422);
    expect((await app.person().sendsJson("/reset-password", { email })).status).toBe(422);
    expect(await rowsWithoutLimits()).toEqual(before);
  });

  it.each([[["ada@example.com", "evil@example.net"]], [["ada@example.com"]], [{ 0: "ada@example.com" }], [null], [1]])(
    "reset password: the JSON value %j as email sends no email",
    onOneEngine,
    async (email) => {
      const before = await rowsWithoutLimits();
      expect((await app.person().sendsJson("/reset-password", { email })).status).toBe(422);
      expect(
        (await app.person().sends("POST", "/reset-password", { headers: { "content-type": "application/json" }, body: "[]" })).status,
      ).toBe(400);
      expect(await rowsWithoutLimits()).toEqual(before);
    },
  );
});

describe("flooding", () => {
  it("reset password: one inbox gets five emails an hour from all networks, and the response does not reveal it", async () => {
    const behind = await testApp({ TRUST_PROXY: "127.0.0.1" });
    await behind.person({ username: "bob" }).signsUp();
    const answers = new Set<string>();
    for (let i = 0; i < 12; i++) {
      const who = behind.person({}, { "x-forwarded-for": `203.0.113.${i + 1}` });
      const { status, location } = await who.fillsIn("/reset-password", { email: i % 2 ? "BOB@example.com" : "bob@example.com" });
      answers.add(`${status} ${location} ${(await who.opens("/reset-password/sent")).text.includes("we've sent a reset link")}`);
    }
    expect(answers).toEqual(new Set(["303 /reset-password/sent true"]));
    // The verification email is counted separately.
    expect(await behind.emails("bob@example.com")).toHaveLength(6);
    await behind.close();
  });

  it.each(["ada", "unknown"])("reset password: one network can request a limited number of emails, for %s", async (whom) => {
    const strict = await testApp({ LIMIT_EMAILS_PER_IP: "3/1h" });
    await strict.person().signsUp();
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await strict.person().fillsIn("/reset-password", { email: `${whom}@example.com` })).status);
    expect(statuses).toEqual([303, 303, 303, 429, 429]);
    const refused = await strict.person().sendsJson("/reset-password", { email: "ada@example.com" });
    expect([refused.status, Number(refused.headers.get("retry-after")) > 3_000]).toEqual([429, true]);
    await strict.close();
  });

  it("reset password: guesses of tokens are limited", async () => {
    const strict = await testApp({ LIMIT_CODES_PER_IP: "4/10m" });
    const who = strict.person();
    const { token } = await who.opens("/login");
    for (let i = 0; i < 4; i++) {
      await who.opens(`${path}?token=${String(i).repeat(43)}`);
      expect((await who.posts(path, { csrf_token: token, ...fresh })).status).toBe(410);
    }
    strict.resetRecords();
    const stopped = await who.sendsJson(path, fresh);
    expect([stopped.status, Number(stopped.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect(strict.hashes).toEqual([]);
    await strict.close();
  });
});

describe("an intruder during a password reset", () => {
  it("reset password: sessions, persistent sessions, known devices and links of the intruder end", {
    tags: ["asvs-7.4.3"],
  }, async () => {
    const remembered = app.person(ada.identity);
    await remembered.logsIn({ remember: "on" });
    await ada.fillsIn("/settings/change-email", { email: "evil@example.net" });
    const change = linkIn((await app.emails("evil@example.net"))[0], "/settings/change-email/confirm");
    expect(await follows(await linkFor("ada@example.com"))).toBe(303);
    for (const intruder of [ada, remembered]) expect((await intruder.opens("/dashboard")).location).toMatch(/^\/login/);
    const left = await app.s.db.selectFrom("one_time_tokens").select("purpose").where("purpose", "!=", "report-compromise").execute();
    expect(left).toEqual([]);
    expect(await app.s.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
    const owner = app.person(ada.identity);
    await owner.logsIn(fresh);
    expect(await follows(change, { who: owner, fields: {} })).toBeGreaterThanOrEqual(400);
    expect((await rowOf("ada")).email).toBe("ada@example.com");
  });

  it("reset password: the intruder's browser loses the limit of a known device", async () => {
    const strict = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "2/1m" });
    const intruder = await strict.person().isLoggedIn();
    const burn = async () => {
      for (let i = 0; i < 2; i++) await strict.person().logsIn({ password: "not this one" });
    };
    await burn();
    expect((await intruder.logsIn()).status).toBe(303);
    await strict.person().fillsIn("/reset-password", { email: "ada@example.com" });
    const owner = strict.person();
    await owner.opens(linkIn((await strict.emails("ada@example.com"))[0], path));
    expect((await owner.fillsIn(path, fresh)).status).toBe(303);
    strict.passes(2 * minute);
    await burn();
    expect((await intruder.logsIn(fresh)).status).toBe(429);
    await strict.close();
  });

  it("reset password: a simultaneous login or password change leaves the intruder no session", { tags: ["asvs-15.4.2"] }, async () => {
    const owner = app.person();
    await owner.opens(await linkFor("ada@example.com"));
    const { token } = await owner.opens(path);
    const page = await ada.opens("/settings/change-password");
    const intruders = Array.from({ length: 6 }, () => app.person(ada.identity));
    const loginPages = await Promise.all(intruders.map((intruder) => intruder.opens("/login")));
    const { email, password } = ada.identity;
    const evil = { current_password: password, password: "the intruder knows this", confirm_password: "the intruder knows this" };
    const [reset, changed] = await Promise.all([
      owner.posts(path, { csrf_token: token, ...fresh }),
      ada.posts("/settings/change-password", { csrf_token: page.token, ...evil }),
      ...intruders.map((intruder, i) => intruder.posts("/login", { csrf_token: loginPages[i]?.token ?? "", email, password })),
    ]);
    // Whichever change wins, no earlier session is left. After its session ended, the other gets 303 to the login.
    expect([reset?.status === 303, changed?.location === "/settings"].filter(Boolean)).toHaveLength(1);
    if (reset?.status === 303) for (const intruder of [ada, ...intruders]) expect((await intruder.opens("/dashboard")).status).toBe(303);
  });

  it("reset password: it starts a session in no browser", async () => {
    const link = await linkFor("ada@example.com");
    const eve = await app.person({ username: "eve" }).isLoggedIn();
    expect(await follows(link, { who: eve })).toBe(303);
    expect((await eve.opens("/dashboard")).text).toContain("eve");
    const visitor = app.person();
    expect(
      await follows(await linkFor("ada@example.com"), {
        who: visitor,
        fields: { password: "another harbour", confirm_password: "another harbour" },
      }),
    ).toBe(303);
    expect((await visitor.opens("/dashboard")).location).toMatch(/^\/login/);
  });
});

describe("a hundred wrong passwords", () => {
  it("log in: a locked password answers the correct one as a wrong one, with the same statements and hashes", {
    ...onOneEngine,
    tags: ["asvs-6.3.1", "asvs-6.3.8"],
  }, async () => {
    const lax = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "1000/1m", LIMIT_LOGIN_PER_IP: "1000/1m" });
    await lax.person().signsUp();
    await lax.s.db.updateTable("passwords").set({ failures: 98 }).execute();
    const tries = async (password: string) => {
      const guesser = lax.person();
      const { token } = await guesser.opens("/login");
      lax.resetRecords();
      const { status, html, setCookies } = await guesser.posts("/login", { csrf_token: token, email: "ada@example.com", password });
      const queries = lax.queries.map(({ sql }) => sql);
      return {
        status,
        html: html.replaceAll(/value="[\w-]{86}"/g, ""),
        cookies: [...setCookies.keys()],
        queries,
        hashes: [...lax.hashes].sort(),
      };
    };
    const ordinary = await tries("guess 99");
    expect(ordinary.status).toBe(401);
    expect((await tries("guess 100")).html).toBe(ordinary.html);
    expect(await tries("a harbour at dusk")).toEqual(ordinary);
    expect(await tries("guess 101")).toEqual(ordinary);
    const notices = (await lax.emails("ada@example.com")).filter(({ subject }) => subject === "Your password has been locked");
    expect(notices).toHaveLength(1);
    await lax.close();
  });

  it("log in: without email no password is locked", onOneEngine, async () => {
    const limits = { LIMIT_LOGIN_PER_ACCOUNT: "1000/1m", LIMIT_LOGIN_PER_IP: "1000/1m" };
    const mute = await testApp({ NODE_ENV: "production", BASE_URL: "https://accounts.example.test", ...limits });
    const ada = mute.person({ username: "ada" });
    const { username, email, password } = ada.identity;
    expect((await ada.sendsJson("/signup", { username, email, password, confirm_password: password })).status).toBe(201);
    for (let i = 0; i < 101; i++) expect((await mute.person().sendsJson("/login", { email, password: `guess ${i}` })).status).toBe(401);
    expect((await ada.sendsJson("/login", { email, password })).status).toBe(200);
    await mute.close();
  });

  it("log in: forty simultaneous failures lock the password once and send one email", async () => {
    const lax = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "1000/1m", LIMIT_LOGIN_PER_IP: "1000/1m" });
    await lax.person().signsUp();
    await lax.s.db.updateTable("passwords").set({ failures: 80 }).execute();
    const body = { email: "ada@example.com", password: "not this one" };
    await Promise.all(Array.from({ length: 40 }, () => lax.person().sendsJson("/login", body)));
    expect((await lax.emails("ada@example.com")).filter(({ subject }) => subject === "Your password has been locked")).toHaveLength(1);
    expect((await lax.person().logsIn()).status).toBe(401);
    await lax.close();
  });
});
