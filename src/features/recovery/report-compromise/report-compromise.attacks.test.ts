/** Tests attacks on reporting a compromise: replay, misuse, races. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { atOnce } from "../../../../test/at-once.ts";
import { databaseContents } from "../../../../test/attacks/database-contents.ts";
import { sendsForms } from "../../../../test/attacks/forms.ts";
import { sendRaw } from "../../../../test/attacks/raw-http.ts";
import { onOneEngine } from "../../../../test/database.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, purposeOf, type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { transactional } from "../../../../test/transaction.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findToken, redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction } from "../../../core/services.ts";
import { signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserByName } from "../../../core/users/users.ts";

const hour = 3_600_000;
const evil = "evil@example.net";
const stolen = { password: "the intruder knows this", confirm_password: "the intruder knows this" };
const fresh = { password: "only the owner knows", confirm_password: "only the owner knows" };
const wide = {
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
};

let app: TestApp;
/** An intruder with a session of ada's account. */
let intruder: Person;
beforeEach(async () => {
  app = await testApp(wide, { verified: true });
  intruder = await app.person().isLoggedIn();
});
afterEach(() => app.close());

const tokenOf = (link: string) => new URL(link, app.url).searchParams.get("token") ?? "";
const rowOf = async (username: string) => {
  const account = await findUserByName(app.s, username);
  if (!account) throw new Error(`There is no account ${username}.`);
  return account;
};
const emailWith = async (email: string, path: string) => (await app.emails(email)).find(({ text }) => text.includes(`${path}?token=`));
const resetLinkTo = async (email: string) => linkIn(await emailWith(email, "/reset-password/choose"), "/reset-password/choose");
const butLimits = async () => (await databaseContents(app.s)).filter((row) => !row.startsWith("rate_limits "));

/** Opens a link and submits its form, also without a form. */
async function follows(link: string, { who = app.person(), fields = {} as Record<string, string> } = {}): Promise<number> {
  await who.opens(link);
  const path = link.split("?")[0] ?? "";
  const token = (await who.opens(path)).token || (await who.opens("/login")).token;
  return (await who.posts(path, { csrf_token: token, ...fields })).status;
}

const reportLinkOf = async (kind: string, email = "ada@example.com") =>
  linkIn(
    (await app.emails(email)).find((sent) => sent.kind === kind),
    "/report-compromise",
  );

/** The owner chooses a password by email. */
async function resetsPassword(): Promise<void> {
  await app.person().fillsIn("/reset-password", { email: "ada@example.com" });
  expect(await follows(await resetLinkTo("ada@example.com"), { fields: fresh })).toBe(303);
}

/** The intruder changes the password; the owner's notice has the link. */
async function changesPassword(): Promise<string> {
  const { status } = await intruder.fillsIn("/settings/change-password", { current_password: intruder.identity.password, ...stolen });
  expect(status).toBe(303);
  return linkIn(await emailWith("ada@example.com", "/report-compromise"), "/report-compromise");
}

/** The intruder changes the email; the notice to the old one has the link. */
async function movesTo(email: string): Promise<string> {
  const from = (await rowOf("ada")).email;
  await intruder.fillsIn("/settings/change-email", { email });
  const link = linkIn(await emailWith(email, "/settings/change-email/confirm"), "/settings/change-email/confirm");
  expect(await follows(link, { who: intruder })).toBe(303);
  return linkIn(await emailWith(from, "/report-compromise"), "/report-compromise");
}

describe("reuse of a report link", () => {
  it("report compromise: a used link is dead and changes nothing more", { tags: ["asvs-6.5.1"] }, async () => {
    const link = await changesPassword();
    expect(await follows(link)).toBe(303);
    expect(await follows(await resetLinkTo("ada@example.com"), { fields: fresh })).toBe(303);
    const mended = await rowOf("ada");
    expect(await follows(link)).toBe(410);
    expect(await rowOf("ada")).toEqual(mended);
  });

  it("report compromise: fifty submissions report once and send one email", { tags: ["asvs-15.4.2"] }, async () => {
    const owner = app.person();
    await owner.opens(await changesPassword());
    const answers = await sendsForms(owner, "/report-compromise", 50);
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(49);
    expect((await app.emails("ada@example.com")).filter(({ text }) => text.includes("/reset-password/choose?"))).toHaveLength(1);
    expect(await app.s.db.selectFrom("audit").select("id").where("event", "=", "compromise-reported").execute()).toHaveLength(1);
  });

  it("report compromise: the first report ends the links of other notices", async () => {
    await movesTo(evil);
    const linksTo = async (email: string) =>
      (await app.emails(email))
        .filter(({ text }) => text.includes("/report-compromise?"))
        .map((sent) => linkIn(sent, "/report-compromise"));
    const [newest = "", ...others] = [...(await linksTo("ada@example.com")), ...(await linksTo(evil))];
    expect(others.length).toBeGreaterThan(0);
    expect(await follows(newest)).toBe(303);
    for (const link of others) expect(await follows(link)).toBe(410);
  });

  it("report compromise: a report from the intruder's inbox does not end the owner's links", async () => {
    const link = await movesTo(evil);
    expect(await follows(linkIn(await emailWith(evil, "/report-compromise"), "/report-compromise"))).toBe(303);
    expect(await follows(link)).toBe(303);
  });
});

describe("an earlier link", onOneEngine, () => {
  it("report compromise: the link works a second before its 72 hours are over, and not a second after", async () => {
    const link = await changesPassword();
    const row = await findToken(app.s, purposeOf("report-compromise"), tokenOf(link));
    expect((row?.expires_at ?? 0) - (row?.created_at ?? 0)).toBe(72 * hour);
    const at = (ms: number) => ({ ...app.s, now: () => (row?.expires_at ?? 0) + ms });
    expect(await findToken(at(-1_000), purposeOf("report-compromise"), tokenOf(link))).toBeDefined();
    for (const ms of [0, 1_000])
      expect(await transactional(redeemToken)(at(ms), purposeOf("report-compromise"), tokenOf(link)), `${ms}`).toBeUndefined();
    app.passes(72 * hour + 1_000);
    expect(await follows(link)).toBe(410);
    expect((await rowOf("ada")).compromised_at).toBeNull();
  });

  it("report compromise: the link still works after a password reset by email, which the owner may try first", async () => {
    await addsPhone(app, intruder);
    const link = await reportLinkOf("two-factor-on");
    app.passes(2 * 60_000);
    await resetsPassword();
    expect((await app.person().logsIn(fresh)).location).toBe("/login/two-factor");
    expect(await follows(link)).toBe(303);
    await resetsPassword();
    expect((await app.person().logsIn(fresh)).location).toBe("/dashboard");
  });
});

describe("what an intruder added", onOneEngine, () => {
  it("report compromise: is removed by the report of any later notice", async () => {
    const device = passkeyDevice();
    await addsPasskey(intruder, device);
    app.passes(2 * 60_000);
    expect((await intruder.fillsIn("/settings/change-username", { username: "renamed" })).status).toBe(303);
    expect(await follows(await reportLinkOf("username-changed"))).toBe(303);
    await resetsPassword();
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
    expect((await app.person().logsIn(fresh)).location).toBe("/dashboard");
  });

  it("report compromise: scheduling the deletion does not end the links of earlier notices", async () => {
    const device = passkeyDevice();
    await addsPasskey(intruder, device);
    await addsPhone(app, intruder);
    const link = await reportLinkOf("passkey-added");
    app.passes(2 * 60_000);
    expect((await intruder.fillsIn("/settings/delete", { username: "ada" })).status).toBe(303);
    expect(await follows(link)).toBe(303);
    await resetsPassword();
    expect((await app.person().logsIn(fresh)).location).toBe("/dashboard");
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
  });

  it("undone change of email: what was added before the change, with a notice of its own, is removed too", {
    tags: ["asvs-6.4.3"],
  }, async () => {
    const device = passkeyDevice();
    await addsPasskey(intruder, device);
    app.passes(2 * 60_000);
    await movesTo(evil);
    await follows(linkIn(await emailWith("ada@example.com", "/revert-email"), "/revert-email"));
    expect((await rowOf("ada")).email).toBe("ada@example.com");
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
    // The notices before the change still report.
    expect(await follows(await reportLinkOf("passkey-added"))).toBe(303);
  });

  it("undone change of email: what is older than all notices of the last 72 hours stays", async () => {
    const device = passkeyDevice();
    await addsPasskey(intruder, device);
    app.passes(73 * hour);
    await intruder.logsIn();
    await movesTo(evil);
    await follows(linkIn(await emailWith("ada@example.com", "/revert-email"), "/revert-email"));
    expect((await logsInByPasskey(app.person(), device)).location).toBe("/dashboard");
  });

  it("report compromise: the link of a notice in the intruder's inbox is dead once the change of email is undone", async () => {
    await movesTo(evil);
    app.passes(2 * 60_000);
    await addsPhone(app, intruder);
    const link = await reportLinkOf("two-factor-on", evil);
    await follows(linkIn(await emailWith("ada@example.com", "/revert-email"), "/revert-email"));
    expect((await rowOf("ada")).email).toBe("ada@example.com");
    expect(await follows(link)).toBe(410);
  });
});

describe("a token of another purpose", onOneEngine, () => {
  it("report compromise: tokens of other purposes do not report, and its own opens nothing else", { tags: ["asvs-6.5.1"] }, async () => {
    const confirm = tokenOf(linkIn((await app.emails("ada@example.com"))[0], "/verify-email/confirm"));
    await app.person().fillsIn("/reset-password", { email: "ada@example.com" });
    const reset = tokenOf(await resetLinkTo("ada@example.com"));
    for (const token of [confirm, reset]) expect(await follows(`/report-compromise?token=${token}`)).toBe(410);
    const notice = await movesTo(evil);
    const undo = tokenOf(linkIn(await emailWith("ada@example.com", "/revert-email"), "/revert-email"));
    expect(await follows(`/report-compromise?token=${undo}`)).toBe(410);
    for (const path of ["/revert-email", "/verify-email/confirm", "/reset-password/choose", "/settings/change-email/confirm"]) {
      const who = path.startsWith("/settings") ? intruder : app.person();
      expect(await follows(`${path}?token=${tokenOf(notice)}`, { who, fields: stolen }), path).toBeGreaterThanOrEqual(400);
    }
    expect((await rowOf("ada")).compromised_at).toBeNull();
    expect(await follows(notice)).toBe(303);
  });

  it.each([
    ["empty", "token="],
    ["null", "token=null"],
    ["a null byte", "token=%00"],
    ["a list", "token[]=x"],
    ["all zeros", `token=${"0".repeat(43)}`],
    ["very long", `token=${"a".repeat(5_000)}`],
    ["given twice", "token=x&token=y"],
  ])(
    "report compromise: a malformed token reports nothing while others are valid: %s (CVE-2019-16109)",
    onOneEngine,
    async (_what, query) => {
      await changesPassword();
      const before = await butLimits();
      expect(await follows(`/report-compromise?${query}`)).toBe(410);
      expect(await butLimits()).toEqual(before);
    },
  );

  it.each([[null], [true], [""], [[]], [{}], [[null]]])(
    "report compromise: a JSON token of %j is rejected and changes nothing",
    onOneEngine,
    async (token) => {
      await changesPassword();
      const before = await butLimits();
      // A value that is no string is invalid; a string is a dead link.
      expect((await app.person().sendsJson("/report-compromise", { token })).status).toBe(typeof token === "string" ? 410 : 422);
      expect(await butLimits()).toEqual(before);
    },
  );

  it("report compromise: a token reports its own account only, whatever other fields are sent", async () => {
    const eve = await app.person({ username: "eve" }).isLoggedIn();
    await eve.fillsIn("/settings/change-password", { current_password: eve.identity.password, ...stolen });
    const link = linkIn(await emailWith("eve@example.com", "/report-compromise"), "/report-compromise");
    const before = await rowOf("ada");
    const fields = { user_id: before.id, id: before.id, email: "ada@example.com", username: "ada" };
    expect(await follows(`${link}&user_id=${before.id}`, { fields })).toBe(303);
    expect(await rowOf("ada")).toEqual(before);
    expect((await intruder.opens("/dashboard")).status).toBe(200);
  });
});

describe("mail scanners", onOneEngine, () => {
  it("report compromise: ten visits to the link change nothing", async () => {
    const link = await changesPassword();
    const before = await databaseContents(app.s);
    for (let i = 0; i < 10; i++) {
      const scanner = app.person({}, { "sec-purpose": "prefetch;prerender" });
      for (const method of ["HEAD", "GET"]) {
        expect((await scanner.sends(method, link)).status).toBe(303);
        expect((await scanner.sends(method, "/report-compromise")).status).toBe(200);
      }
    }
    expect(await databaseContents(app.s)).toEqual(before);
    expect(await follows(link)).toBe(303);
  });
});

describe("token leaks by an opened link", onOneEngine, () => {
  it("report compromise: the token is in no URL, page, Referer or log line", { tags: ["asvs-14.2.1"] }, async () => {
    const link = await changesPassword();
    const secret = tokenOf(link);
    const owner = app.person();
    const landed = await owner.opens(link);
    expect([landed.status, landed.location]).toEqual([303, "/report-compromise"]);
    const page = await owner.opens("/report-compromise");
    const done = await owner.posts("/report-compromise", { csrf_token: page.token });
    const dead = await owner.opens("/report-compromise");
    expect([page, done, dead].map(({ status }) => status)).toEqual([200, 303, 410]);
    for (const answer of [landed, page, done, dead]) {
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.html + answer.location).not.toContain(secret);
    }
    // Information leak: the page names neither the account nor its email.
    for (const name of ["ada@example.com", "ada"]) expect(page.text.split(/\W+/)).not.toContain(name);
    const urls = [...page.html.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(([, url = ""]) => url);
    expect(urls.filter((url) => !/^[/#](?!\/)/.test(url))).toEqual([]);
    for (const leaked of [secret, "ada@example.com"]) expect(JSON.stringify(app.lines)).not.toContain(leaked);
  });

  it("report compromise: the link of the reset email ignores the Host header", async () => {
    const owner = app.person();
    await owner.opens(await changesPassword());
    const { token } = await owner.opens("/report-compromise");
    const { status } = await sendRaw(app.url, {
      method: "POST",
      path: "/report-compromise",
      headers: [
        ["Host", "evil.test"],
        ["X-Forwarded-Host", "evil.test"],
        ["Forwarded", "host=evil.test"],
        ["Content-Type", "application/x-www-form-urlencoded"],
        ["Cookie", owner.cookieHeader()],
      ],
      body: new URLSearchParams({ csrf_token: token }).toString(),
    });
    expect(status).toBe(303);
    const emails = JSON.stringify(await app.emails());
    expect(emails).not.toContain("evil.test");
    const hosts = [...emails.matchAll(/https?:\/\/([^/\s"<\\]+)/g)].map(([, host]) => host);
    expect(new Set(hosts)).toEqual(new Set(["localhost:5050"]));
  });
});

describe("an intruder during a report", () => {
  it("report compromise: passwords, sessions, links and codes of the intruder no longer work", { tags: ["asvs-7.4.3"] }, async () => {
    const link = await changesPassword();
    const remembered = app.person({ ...intruder.identity, ...stolen });
    await remembered.logsIn({ remember: "on" });
    await app.person().fillsIn("/reset-password", { email: "ada@example.com" });
    const asked = await resetLinkTo("ada@example.com");
    await intruder.fillsIn("/settings/change-email", { email: evil });
    const pending = linkIn(await emailWith(evil, "/settings/change-email/confirm"), "/settings/change-email/confirm");
    expect(await follows(link)).toBe(303);

    for (const who of [intruder, remembered]) expect((await who.opens("/dashboard")).location).toMatch(/^\/login/);
    for (const password of [stolen.password, intruder.identity.password])
      expect((await app.person().logsIn({ password })).status).toBe(401);
    expect(await follows(asked, { fields: stolen })).toBe(410);
    expect(await follows(await resetLinkTo("ada@example.com"), { fields: fresh })).toBe(303);
    const owner = app.person();
    expect((await owner.logsIn(fresh)).status).toBe(303);
    expect(await follows(pending, { who: owner })).toBeGreaterThanOrEqual(400);
    expect(await rowOf("ada")).toMatchObject({ email: "ada@example.com", compromised_at: null, password_locked_at: null });
  });

  it("report compromise: the correct password is answered as a wrong one afterwards", { tags: ["asvs-6.3.8"] }, async () => {
    const link = await changesPassword();
    expect(await follows(link)).toBe(303);
    const tries = async (password: string) => {
      const who = app.person();
      const { token } = await who.opens("/login");
      app.resetRecords();
      const { status, html, setCookies } = await who.posts("/login", { csrf_token: token, email: "ada@example.com", password });
      const queries = app.queries.map(({ sql }) => sql);
      return {
        status,
        html: html.replaceAll(/value="[\w-]{86}"/g, ""),
        cookies: [...setCookies.keys()],
        queries,
        hashes: [...app.hashes].sort(),
      };
    };
    const wrong = await tries("not this one");
    expect(wrong.status).toBe(401);
    expect(await tries(stolen.password)).toEqual(wrong);
  });

  it("report compromise: after two changes of email only the owner gets the reset email", async () => {
    const link = await movesTo(evil);
    app.passes(1);
    await movesTo("evil2@example.net");
    await app.person().fillsIn("/reset-password", { email: "evil2@example.net" });
    const intruderLink = await resetLinkTo("evil2@example.net");
    const before = new Set((await app.emails()).map(({ text }) => text));
    expect(await follows(link)).toBe(303);
    const after = (await app.emails()).filter(({ text }) => !before.has(text));
    expect(after.filter(({ text }) => text.includes("/reset-password/choose?")).map(({ to }) => to)).toEqual(["ada@example.com"]);
    const owner = await rowOf("ada");
    expect(owner).toMatchObject({ email: "ada@example.com", email_key: "ada@example.com" });
    // The activity says of a change that a report has undone that it was.
    expect((await listEvents(app.s, owner.id, 50)).filter(({ event }) => event === "email-change-undone")).toHaveLength(1);
    expect(await follows(intruderLink, { fields: stolen })).toBe(410);
    for (const email of [evil, "evil2@example.net"]) expect((await app.person({ email }).logsIn()).status).toBe(401);
    expect(await follows(await resetLinkTo("ada@example.com"), { fields: fresh })).toBe(303);
    expect((await app.person().logsIn(fresh)).status).toBe(303);
  });

  it("report compromise: a report from the intruder's inbox sends no reset email there", async () => {
    await movesTo(evil);
    const reporter = app.person();
    const link = linkIn(await emailWith(evil, "/report-compromise"), "/report-compromise");
    expect(await follows(link, { who: reporter })).toBe(303);
    expect((await rowOf("ada")).email).toBe("ada@example.com");
    expect(await emailWith(evil, "/reset-password/choose")).toBeUndefined();
    expect((await reporter.opens("/login")).text).toContain("Use “Forgot your password?”");
    await app.person().fillsIn("/reset-password", { email: "ada@example.com" });
    expect(await follows(await resetLinkTo("ada@example.com"), { fields: fresh })).toBe(303);
    expect((await app.person().logsIn(fresh)).status).toBe(303);
  });

  it("report compromise: simultaneous logins and changes leave the intruder no session", {
    tags: ["asvs-15.4.2"],
  }, async () => {
    const link = linkIn(await noticeByFailures(), "/report-compromise");
    const owner = app.person();
    await owner.opens(link);
    const { token } = await owner.opens("/report-compromise");
    const page = await intruder.opens("/settings/change-password");
    const others = Array.from({ length: 6 }, () => app.person());
    const loginPages = await Promise.all(others.map((each) => each.opens("/login")));
    const { email, password } = intruder.identity;
    const [reported] = await Promise.all([
      owner.posts("/report-compromise", { csrf_token: token }),
      intruder.posts("/settings/change-password", { csrf_token: page.token, current_password: password, ...stolen }),
      ...others.map((each, i) => each.posts("/login", { csrf_token: loginPages[i]?.token ?? "", email, password })),
    ]);
    expect(reported?.status).toBe(303);
    for (const each of [intruder, ...others]) expect((await each.opens("/dashboard")).location).toMatch(/^\/login/);
    for (const each of [password, stolen.password]) expect((await app.person().logsIn({ password: each })).status).toBe(401);
    expect(await app.s.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
    expect(await follows(await resetLinkTo("ada@example.com"), { fields: fresh })).toBe(303);
    expect((await app.person().logsIn(fresh)).status).toBe(303);
  });

  it("report compromise: a login whose password was verified before the report fails after it", { tags: ["asvs-15.4.2"] }, async () => {
    const link = linkIn(await noticeByFailures(), "/report-compromise");
    const user = await rowOf("ada");
    expect(await follows(link)).toBe(303);
    const wish = { remember: false, info: requestFrom("203.0.113.9") };
    expect(await transactional(signIn)(app.s, { user, methods: ["password"], password: { attempt: { counted: [] } } }, wish)).toEqual({
      ok: false,
      reason: "changed",
    });
    expect(await app.s.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
  });

  it("report compromise: the session of a login that commits while the report runs ends too", { tags: ["asvs-15.4.2"] }, async () => {
    const link = linkIn(await noticeByFailures(), "/report-compromise");
    const user = await rowOf("ada");
    const wish = { remember: true, info: requestFrom("203.0.113.9") };
    const login = (holds: () => Promise<void>) =>
      inTransaction(app.s, async (tx) => {
        const result = await signIn(tx, { user, methods: ["password"], password: { attempt: { counted: [] } } }, wish);
        await holds();
        return result;
      });
    const [loggedIn, reported] = await atOnce(app.s, login, () => follows(link));
    expect([loggedIn.ok, reported]).toEqual([true, 303]);
    expect(await app.s.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
  });

  /** A security notice without a change of credentials. */
  async function noticeByFailures() {
    await app.s.db.updateTable("passwords").set({ failures: 99 }).execute();
    await app.person().logsIn({ password: "not this one" });
    await app.s.db.updateTable("passwords").set({ failures: 0, locked_at: null }).execute();
    return emailWith("ada@example.com", "/report-compromise");
  }
});

describe("a report by a logged-in user", onOneEngine, () => {
  it("report compromise: the session of another account stays", async () => {
    const eve = await app.person({ username: "eve" }).isLoggedIn();
    const before = await rowOf("eve");
    expect(await follows(await changesPassword(), { who: eve })).toBe(303);
    expect((await eve.opens("/dashboard")).status).toBe(200);
    expect(await rowOf("eve")).toEqual(before);
  });

  it("report compromise: the browser's own session of the account ends, and its cookies are cleared", async () => {
    const link = await changesPassword();
    const owner = app.person();
    await owner.logsIn(stolen);
    const name = [...owner.cookies.keys()].find((each) => each.includes("session")) ?? "";
    expect(await follows(link, { who: owner })).toBe(303);
    expect(owner.cookies.has(name)).toBe(false);
    expect((await owner.opens("/dashboard")).location).toMatch(/^\/login/);
  });
});

describe("guessing of report tokens", () => {
  it("report compromise: guesses are limited, and other accounts are not affected", async () => {
    const strict = await testApp({ LIMIT_CODES_PER_IP: "4/10m" }, { verified: true });
    const who = strict.person();
    for (let i = 0; i < 4; i++) expect((await who.sendsJson("/report-compromise", {})).status).toBe(410);
    const stopped = await who.sendsJson("/report-compromise", {});
    expect([stopped.status, Number(stopped.headers.get("retry-after")) > 0]).toEqual([429, true]);
    await strict.close();
  });
});
