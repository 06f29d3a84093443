/** Tests attacks on changing an email: account takeover, enumeration, flooding. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { atOnce } from "../../../../test/at-once.ts";
import { databaseContents } from "../../../../test/attacks/database-contents.ts";
import { sendsForms } from "../../../../test/attacks/forms.ts";
import { sendRaw } from "../../../../test/attacks/raw-http.ts";
import { endCodes } from "../../../../test/codes.ts";
import { onOneEngine } from "../../../../test/database.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { findVisitor, type SessionToken } from "../../../core/sessions/session.ts";
import { findUserByEmail } from "../../../core/users/users.ts";
import { verifyEmailChange } from "./verify-new-email.ts";

const path = "/settings/change-email";
const next = "ada.lovelace@example.org";
const hour = 3_600_000;
const wide = { LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h" };

let app: TestApp;
let ada: Person;
beforeEach(async () => {
  app = await testApp(wide, { verified: true });
  ada = await app.person().isLoggedIn();
});
afterEach(() => app.close());

const asks = (email = next, who = ada) => who.fillsIn(path, { email });
const types = (code: string, who = ada) => who.fillsIn(`${path}/confirm`, { code });
const emailTo = async (email: string, subject: string) => (await app.emails(email)).find((sent) => sent.subject.includes(subject));
const codeIn = async (email = next) => /^ {4}(\d{6})$/m.exec((await emailTo(email, "Verify your new"))?.text ?? "")?.[1] ?? "";
const linkTo = async (email = next) => linkIn(await emailTo(email, "Verify your new"), `${path}/confirm`);
const undoLinkTo = async (email: string) => linkIn(await emailTo(email, "was changed"), "/revert-email");
const tokenOf = (link: string) => new URL(link, app.url).searchParams.get("token") ?? "";
const emailOf = async (username: string) =>
  (await app.s.db.selectFrom("users").select("email").where("username", "=", username).executeTakeFirst())?.email;

/** Opens a link and submits its form. */
async function follows(who: Person, link: string, fields: Record<string, string> = {}): Promise<number> {
  await who.opens(link);
  const path = link.split("?")[0] ?? "";
  // The page of a dead link has no form, so the token is taken from the login page.
  const token = (await who.opens(path)).token || (await who.opens("/login")).token;
  return (await who.posts(path, { csrf_token: token, ...fields })).status;
}

/** Leaves an account unverified. */
async function signsUpUnconfirmed(username: string, email: string): Promise<void> {
  await app.person({ username, email }).signsUp();
  await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", username).execute();
}

async function moves(who: Person, email: string): Promise<void> {
  await asks(email, who);
  expect((await types(await codeIn(email), who)).status).toBe(303);
}

describe("links sent before a change of email", onOneEngine, () => {
  it("change email: every link sent before it is dead", { tags: ["asvs-6.5.1"] }, async () => {
    const confirm = linkIn((await app.emails(ada.identity.email))[0], "/verify-email/confirm");
    await app.person().fillsIn("/reset-password", { email: ada.identity.email });
    const reset = linkIn((await app.emails(ada.identity.email))[0], "/reset-password/choose");
    await asks("first@example.org");
    const first = await linkTo("first@example.org");
    await moves(ada, next);
    const left = await app.s.db.selectFrom("one_time_tokens").select("purpose").execute();
    expect(new Set(left.map(({ purpose }) => purpose))).toEqual(new Set(["revert-email", "report-compromise"]));
    const password = { password: "another harbour at dawn", confirm_password: "another harbour at dawn" };
    expect(await follows(app.person(), reset, password)).toBe(410);
    expect(await follows(app.person(), confirm)).toBe(410);
    expect(await follows(ada, first)).toBe(422);
    expect(await emailOf("ada")).toBe(next);
    expect((await app.person({ email: next }).logsIn()).status).toBe(303);
  });

  it("change email: its code and its link work once", async () => {
    await asks();
    const [code, link] = [await codeIn(), await linkTo()];
    await types(code);
    expect((await types(code)).status).toBe(422);
    expect(await follows(ada, link)).toBe(422);
  });
});

describe("a change of email in another session", onOneEngine, () => {
  let eve: Person;
  beforeEach(async () => {
    eve = await app.person({ username: "eve" }).isLoggedIn();
  });

  it("change email: a link of another account changes nothing and is not used up", async () => {
    await asks();
    const link = await linkTo();
    const before = await databaseContents(app.s);
    expect((await eve.opens(link)).status).toBe(303);
    expect((await eve.opens(`${path}/confirm`)).text).not.toContain(next);
    expect(await follows(eve, link)).toBe(422);
    expect((await databaseContents(app.s)).filter((row) => !row.startsWith("rate_limits "))).toEqual(
      before.filter((row) => !row.startsWith("rate_limits ")),
    );
    expect(await follows(ada, link)).toBe(303);
    expect([await emailOf("ada"), await emailOf("eve")]).toEqual([next, "eve@example.com"]);
  });

  it("change email: a link opened without a session leads to login, without its token in the URL", { tags: ["asvs-14.2.1"] }, async () => {
    await asks();
    const visitor = app.person();
    const opened = await visitor.opens(await linkTo());
    expect([opened.status, opened.location]).toEqual([303, "/settings/change-email/confirm"]);
    expect((await visitor.opens("/settings/change-email/confirm")).location).toBe("/login?next=%2Fsettings%2Fchange-email%2Fconfirm");
  });

  it("change email: the code works only in the account and the browser that requested it", async () => {
    await asks();
    const code = await codeIn();
    expect((await types(code, eve)).status).toBe(422);
    const phone = app.person();
    await phone.logsIn();
    expect((await types(code, phone)).status).toBe(422);
    await ada.logsIn({ email: eve.identity.email });
    expect((await types(code)).status).toBe(422);
    expect([await emailOf("ada"), await emailOf("eve")]).toEqual(["ada@example.com", "eve@example.com"]);
    await ada.logsIn();
    expect((await types(code)).status).toBe(303);
  });

  it("change email: the link works in another browser of the same account", async () => {
    await asks();
    const phone = app.person();
    await phone.logsIn();
    expect(await follows(phone, await linkTo())).toBe(303);
    expect((await ada.opens("/dashboard")).status).toBe(303);
  });
});

describe("simultaneous changes of email", () => {
  const tally = (answers: readonly { status: number }[]) => answers.filter(({ status }) => status === 303).length;

  it("change email: fifty submissions of its link change it once", { tags: ["asvs-15.4.2"] }, async () => {
    await asks();
    await ada.opens(await linkTo());
    expect(tally(await sendsForms(ada, `${path}/confirm`, 50))).toBe(1);
    expect((await app.emails("ada@example.com")).filter(({ subject }) => subject.includes("was changed"))).toHaveLength(1);
  });

  it("change email: fifty submissions of its code change it once", { tags: ["asvs-15.4.2"] }, async () => {
    await asks();
    const code = await codeIn();
    expect(tally(await sendsForms(ada, `${path}/confirm`, 50, { code }))).toBe(1);
  });

  it("revert email: fifty submissions undo the change once", async () => {
    await moves(ada, next);
    const owner = app.person();
    await owner.opens(await undoLinkTo("ada@example.com"));
    expect(tally(await sendsForms(owner, "/revert-email", 50))).toBe(1);
    expect((await app.emails("ada@example.com")).filter(({ subject }) => subject.includes("previous email is back in use"))).toHaveLength(
      1,
    );
  });

  it("change email: of twenty simultaneous requests one link works, for its own email only (CVE-2026-32700)", async () => {
    const emails = Array.from({ length: 20 }, (_, i) => `address${i}@example.org`);
    const { token } = await ada.opens(path);
    await Promise.all(emails.map((email) => ada.posts(path, { csrf_token: token, email })));
    const links = await Promise.all(emails.map(linkTo));
    const done = await Promise.all(links.map((link) => follows(app.person(ada.identity), link).catch(() => 0)));
    expect(done.filter((status) => status === 200)).toEqual([]);
    const changed: string[] = [];
    for (const [i, link] of links.entries()) if ((await follows(ada, link)) === 303) changed.push(emails[i] ?? "");
    expect(changed).toHaveLength(1);
    expect(await emailOf("ada")).toBe(changed[0]);
  });

  it("change email: of two accounts that verify one email, one gets it", async () => {
    const eve = await app.person({ username: "eve" }).isLoggedIn();
    await asks(next, ada);
    const adas = await linkTo();
    await asks(next, eve);
    const eves = await linkTo();
    const both = await Promise.all([follows(ada, adas), follows(eve, eves)]);
    expect(both.filter((status) => status === 303)).toHaveLength(1);
    expect(await app.s.db.selectFrom("users").select("id").where("email", "=", next).execute()).toHaveLength(1);
  });

  it("change email: one that commits while its owner reports a compromise is reverted", { tags: ["asvs-15.4.2"] }, async () => {
    const before = await emailOf("ada");
    // A security notice without a change of credentials.
    await app.s.db.updateTable("passwords").set({ failures: 99 }).execute();
    await app.person().logsIn({ password: "not this one" });
    await app.s.db.updateTable("passwords").set({ failures: 0, locked_at: null }).execute();
    const notice = (await app.emails(before ?? "")).find(({ text }) => text.includes("/report-compromise?"));
    const link = linkIn(notice, "/report-compromise");
    await asks();
    const token = tokenOf(await linkTo());
    const visitor = await findVisitor(app.s, [...ada.cookies].find(([name]) => name.endsWith("session"))?.[1] as SessionToken);
    if (!visitor) throw new Error("The intruder has no session.");
    const owner = app.person();
    await owner.opens(link);
    const change = (holds: () => Promise<void>) =>
      verifyEmailChange(app.s, { visitor, proof: { token }, info: requestFrom("203.0.113.9"), notify: holds });
    const [changed, reported] = await atOnce(app.s, change, () => owner.fillsIn("/report-compromise", {}));
    expect([changed.ok, reported.status]).toEqual([true, 303]);
    expect(await emailOf("ada")).toBe(before);
    expect((await app.emails(before ?? "")).some(({ text }) => text.includes("/reset-password/choose?"))).toBe(true);
  });
});

describe("an intruder who knows the password", onOneEngine, () => {
  const evil = "evil@example.net";
  const owner = () => app.person();

  it("revert email: undoing a second change leaves the owner's link to undo the first", async () => {
    await moves(ada, evil);
    app.passes(1);
    await moves(ada, "evil2@example.net");
    expect(await follows(owner(), await undoLinkTo(evil))).toBe(303);
    expect(await emailOf("ada")).toBe(evil);
    expect(await follows(owner(), await undoLinkTo("ada@example.com"))).toBe(303);
    expect(await emailOf("ada")).toBe("ada@example.com");
  });

  it("report compromise: a second change of email is undone too", async () => {
    await moves(ada, evil);
    app.passes(1);
    await moves(ada, "evil2@example.net");
    expect(await follows(owner(), linkIn(await emailTo("ada@example.com", "was changed"), "/report-compromise"))).toBe(303);
    expect(await emailOf("ada")).toBe("ada@example.com");
    expect(await follows(owner(), await undoLinkTo(evil))).toBe(410);
  });

  it("report compromise: the email of the reporting inbox is restored, and links to older ones still work", async () => {
    const home = "ada@home.example";
    await moves(ada, home);
    app.passes(24 * 3_600_000);
    await ada.logsIn({ email: home });
    await moves(ada, evil);
    const older = await undoLinkTo("ada@example.com");
    expect(await follows(owner(), linkIn(await emailTo(home, "was changed"), "/report-compromise"))).toBe(303);
    expect(await emailOf("ada")).toBe(home);
    expect((await emailTo(home, "Reset your"))?.text).toMatch(/password\s+is\s+locked/);
    expect(await follows(owner(), older)).toBe(303);
    expect(await emailOf("ada")).toBe("ada@example.com");
  });

  it("change email: an unverified old inbox gets no link, username or new email", async () => {
    const typo = app.person({ username: "typist", email: "typist@typo.example" });
    await typo.isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", "typist").execute();
    await moves(typo, "typist@example.com");
    const sentEmails = (await app.emails("typist@typo.example")).filter(({ subject }) => subject.includes("no longer used"));
    expect(sentEmails).toHaveLength(1);
    for (const { text } of sentEmails) expect(text).not.toMatch(/token=|typist@example\.com|typist,/);
  });

  it("report compromise: the links in an inbox that was never verified end when the email is corrected", async () => {
    const typo = app.person({ username: "typist", email: "typist@typo.example" });
    await typo.isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", "typist").execute();
    await app.person(typo.identity, { "user-agent": "Another/1" }).logsIn();
    const notice = (await app.emails("typist@typo.example")).find(({ text }) => text.includes("/report-compromise?"));
    const link = linkIn(notice, "/report-compromise");
    await moves(typo, "typist@example.com");
    await addsPhone(app, typo);
    expect(await follows(app.person(), link)).toBe(410);
    expect((await typo.opens("/dashboard")).status).toBe(200);
    expect(await findUserByEmail(app.s, "typist@example.com")).toMatchObject({
      compromised_at: null,
      password_locked_at: null,
      two_factor_since: expect.any(Number),
    });
  });

  it("change email: one that was requested before two-factor authentication was turned on is dead", async () => {
    const thief = app.person();
    await thief.logsIn();
    await asks(evil, thief);
    const link = await linkTo(evil);
    await addsPhone(app, ada);
    expect(await follows(ada, link)).toBe(422);
    expect(await emailOf("ada")).toBe("ada@example.com");
  });

  it("change email: a session that skipped the second step cannot complete a change", async () => {
    const phone = await addsPhone(app, ada);
    const trusted = app.person();
    await trusted.logsIn();
    expect((await trusted.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" })).location).toBe("/dashboard");
    const thief = app.person();
    for (const [name, value] of trusted.cookies) if (name.includes("trusted")) thief.cookies.set(name, value);
    expect((await thief.logsIn()).location).toBe("/dashboard");
    await asks();
    await thief.opens(await linkTo());
    expect((await thief.opens(`${path}/confirm`)).location).toBe("/confirm-password?next=%2Fsettings%2Fchange-email%2Fconfirm");
    const { token } = await thief.opens("/dashboard");
    const sent = await thief.posts(`${path}/confirm`, { csrf_token: token });
    expect([sent.status, sent.text.includes("Confirm it's you")]).toEqual([403, true]);
    expect(await emailOf("ada")).toBe("ada@example.com");
    expect((await types(await codeIn())).status).toBe(303);
    expect(await emailOf("ada")).toBe(next);
  });

  it("revert email: a pending deletion is cancelled, and the old inbox was notified of it", async () => {
    await moves(ada, evil);
    await ada.fillsIn("/settings/delete", { username: "ada" });
    const told = await emailTo("ada@example.com", "will be deleted");
    expect(told).toBeDefined();
    const undo = linkIn(await emailTo("ada@example.com", "was changed"), "/revert-email");
    expect(await follows(owner(), undo)).toBe(303);
    const { erase_at } = await app.s.db.selectFrom("users").select("erase_at").where("username", "=", "ada").executeTakeFirstOrThrow();
    expect(erase_at).toBeNull();
  });

  it("revert email: the intruder's link is dead after the owner's", async () => {
    await moves(ada, evil);
    app.passes(1);
    await moves(ada, "evil2@example.net");
    const intruderLink = await undoLinkTo(evil);
    expect(await follows(owner(), await undoLinkTo("ada@example.com"))).toBe(303);
    expect(await follows(owner(), intruderLink)).toBe(410);
    expect(await emailOf("ada")).toBe("ada@example.com");
  });

  it("revert email: the link survives a password reset by the new email", async () => {
    await moves(ada, evil);
    await owner().fillsIn("/reset-password", { email: evil });
    const reset = linkIn((await app.emails(evil))[0], "/reset-password/choose");
    expect(await follows(owner(), reset, { password: "my harbour now", confirm_password: "my harbour now" })).toBe(303);
    expect(await follows(owner(), await undoLinkTo("ada@example.com"))).toBe(303);
    expect(await emailOf("ada")).toBe("ada@example.com");
  });

  it("report compromise: an unverified account on the old email does not block it", async () => {
    await moves(ada, evil);
    await signsUpUnconfirmed("squatter", "ada@example.com");
    const link = linkIn(await emailTo("ada@example.com", "was changed"), "/report-compromise");
    expect(await follows(owner(), link)).toBe(303);
    expect(await emailOf("ada")).toBe("ada@example.com");
  });

  it("report compromise: the new inbox cannot erase a new account on the old email", async () => {
    await moves(ada, evil);
    await signsUpUnconfirmed("bystander", "ada@example.com");
    await follows(owner(), linkIn(await emailTo(evil, "now uses this email"), "/report-compromise"));
    expect(await emailOf("bystander")).toBe("ada@example.com");
    expect(await emailOf("ada")).toBe(evil);
    // The links of the old inbox still work.
    expect(await follows(owner(), await undoLinkTo("ada@example.com"))).toBe(303);
  });

  it("change email: a compromised account can neither request nor complete a change", async () => {
    await asks(evil);
    const code = await codeIn(evil);
    await app.s.db.updateTable("users").set({ compromised_at: app.s.now() }).execute();
    const { status, text } = await types(code);
    expect([status, text.includes("You reported that someone else may have")]).toEqual([403, true]);
    expect((await asks("evil2@example.net")).status).toBe(403);
    expect(await emailOf("ada")).toBe("ada@example.com");
  });
});

describe("a link of one purpose", onOneEngine, () => {
  it("one-time token: it is refused on the pages of other purposes", async () => {
    await asks("first@example.org");
    const change = tokenOf(await linkTo("first@example.org"));
    for (const door of ["/revert-email", "/report-compromise", "/reset-password/choose", "/verify-email/confirm"]) {
      expect(await follows(app.person(), `${door}?token=${change}`), door).toBeGreaterThanOrEqual(400);
    }
    await types(await codeIn("first@example.org"));
    const undo = tokenOf(await undoLinkTo("ada@example.com"));
    for (const door of [`${path}/confirm`, "/verify-email/confirm", "/reset-password/choose", "/report-compromise"]) {
      expect(await follows(ada, `${door}?token=${undo}`), door).toBeGreaterThanOrEqual(400);
    }
    expect(await emailOf("ada")).toBe("first@example.org");
  });

  it.each(["", "null", "0", "[]", "0".repeat(43), "A".repeat(43), "%00", "a".repeat(5_000)])(
    "one-time token: the made-up value %j is refused (CVE-2019-16109)",
    async (token) => {
      await moves(ada, next);
      const answer = await app.person().sendsJson("/revert-email", { token });
      expect(answer.status).toBe(410);
      expect(await follows(ada, `${path}/confirm?token=${token}`)).toBeGreaterThanOrEqual(400);
      expect(await emailOf("ada")).toBe(next);
    },
  );

  it("revert email: mail scanners do not use the link up, and it expires after 72 hours", async () => {
    await moves(ada, next);
    const link = await undoLinkTo("ada@example.com");
    for (let i = 0; i < 10; i++) {
      const scanner = app.person();
      await scanner.opens(link, { "sec-purpose": "prefetch" });
      await scanner.opens("/revert-email");
      await scanner.sends("HEAD", link);
    }
    expect(await emailOf("ada")).toBe(next);
    app.passes(72 * hour + 1);
    expect(await follows(app.person(), link)).toBe(410);
  });
});

describe("emails about a change of email", onOneEngine, () => {
  it("change email: links in emails ignore the Host header", async () => {
    const poison = { "x-forwarded-host": "evil.test", forwarded: "host=evil.test", "x-original-url": "/evil", "x-host": "evil.test" };
    const { token } = await ada.opens(path);
    await ada.posts(path, { csrf_token: token, email: next }, poison);
    const page = await ada.opens(`${path}/confirm`);
    const code = await codeIn();
    const form = new URLSearchParams({ csrf_token: page.token, code }).toString();
    await sendRaw(app.url, {
      method: "POST",
      path: `${path}/confirm`,
      headers: [
        ["Host", "evil.test"],
        ["Content-Type", "application/x-www-form-urlencoded"],
        ["Cookie", ada.cookieHeader()],
      ],
      body: form,
    });
    expect(await emailOf("ada")).toBe(next);
    const sentEmails = await app.emails();
    const hosts = sentEmails.flatMap(({ text, html }) =>
      [...`${text} ${html}`.matchAll(/https?:\/\/([^/\s"<]+)/g)].map(([, host]) => host),
    );
    expect(hosts.length).toBeGreaterThan(4);
    expect(new Set(hosts)).toEqual(new Set(["localhost:5050"]));
  });

  it.each([
    "ada@example.org\r\nBcc: all@example.com",
    "ada@example.org%0d%0aBcc:all@example.com",
    "a@example.org,b@example.org",
    '"ada\r\n"@example.org',
    "Ada <ada@example.org>",
    "<script>@example.org",
    "ada@example.org\u2028x",
  ])("change email: the email %j is refused", { tags: ["asvs-1.3.11"] }, async (email) => {
    const before = (await app.emails()).length;
    expect((await asks(email)).status).toBe(422);
    expect(await app.emails()).toHaveLength(before);
  });

  it("change email: the display name is not sent to an unverified inbox", async () => {
    await ada.fillsIn("/settings/display-name", { display_name: "You won! http://evil.test" });
    await asks("visitor@example.net");
    for (const sent of await app.emails("visitor@example.net"))
      expect(`${sent.subject} ${sent.text} ${sent.html}`).not.toContain("evil.test");
  });

  it("change email: markup in a display name is escaped in emails", { tags: ["asvs-1.2.1"] }, async () => {
    await ada.fillsIn("/settings/display-name", { display_name: '<img src=x onerror="alert(1)">' });
    await moves(ada, next);
    for (const { html } of await app.emails()) expect(html).not.toContain("<img");
  });
});

describe("account enumeration by changing an email", onOneEngine, () => {
  /** Everything a client can see, without dates, tokens and the email itself. */
  async function trace(email: string, as: "browser" | "program") {
    const { token } = await ada.opens(path);
    const { csrfToken = "" } = (await ada.opens(path, { accept: "application/json" })).json() as { csrfToken?: string };
    app.resetRecords();
    const isProgram = as === "program";
    const { head, body } = await sendRaw(app.url, {
      method: "POST",
      path,
      headers: [
        ["Content-Type", isProgram ? "application/json" : "application/x-www-form-urlencoded"],
        ["Cookie", ada.cookieHeader()],
        ...(isProgram ? [["x-csrf-token", csrfToken] as [string, string]] : []),
      ],
      body: isProgram ? JSON.stringify({ email }) : new URLSearchParams({ csrf_token: token, email }).toString(),
    });
    const queries = app.queries.map(({ sql }) => sql);
    const hashes = [...app.hashes];
    const page = await ada.opens(`${path}/confirm`);
    await endCodes(app);
    const wrong = await types("000000");
    const masked = [head, body, page.html, wrong.html]
      .join("\n")
      .replaceAll(/^date: .*$/gim, "")
      .replaceAll(/value="[\w-]{86}"/g, "")
      .replaceAll(email, "…");
    return { masked, queries, hashes, status: wrong.status };
  }

  it.each(["browser", "program"] as const)(
    "change email: an email in use and a free one give the same responses and queries, as a %s",
    { tags: ["asvs-6.3.8"] },
    async (as) => {
      await app.person({ username: "grace" }).signsUp();
      await app.person({ username: "marie" }).isLoggedIn();
      const unknown = await trace("empty@example.com", as);
      expect(unknown.queries.length).toBeGreaterThan(5);
      expect(unknown.hashes).toEqual([]);
      for (const email of ["grace@example.com", "marie@example.com"]) expect(await trace(email, as), email).toEqual(unknown);
    },
  );

  it("change email: the owner of the requested email is notified without a code or link", async () => {
    await app.person({ username: "grace" }).signsUp();
    await asks("grace@example.com");
    const [sent] = await app.emails("grace@example.com");
    expect(sent?.subject).toBe("Another account tried to use your email");
    expect(sent?.text).not.toMatch(/token=|\d{6}/);
    expect(sent?.text).not.toContain("ada");
  });
});

describe("email flooding by changing an email", () => {
  it("change email: one inbox gets five emails an hour, whichever accounts request them", async () => {
    const people = [ada, await app.person({ username: "eve" }).isLoggedIn(), await app.person({ username: "kay" }).isLoggedIn()];
    const answers: number[] = [];
    for (let i = 0; i < 9; i++) answers.push((await asks(i % 2 ? "Victim@example.net" : "victim@example.net", people[i % 3])).status);
    expect(answers).toEqual([303, 303, 303, 303, 303, 429, 429, 429, 429]);
    const sentEmails = (await app.emails()).filter(({ to }) => to.toLowerCase() === "victim@example.net");
    expect(sentEmails).toHaveLength(5);
    app.passes(hour);
    await ada.fillsIn("/confirm-password", { current_password: ada.identity.password });
    expect((await asks("victim@example.net")).status).toBe(303);
  });

  it("change email: one network can have a limited number of emails sent", async () => {
    const strict = await testApp({ LIMIT_EMAILS_PER_IP: "3/1h" }, { verified: true });
    const eve = await strict.person({ username: "eve" }).isLoggedIn();
    const answers: number[] = [];
    for (let i = 0; i < 6; i++) answers.push((await asks(`victim${i}@example.net`, eve)).status);
    expect(answers.at(-1)).toBe(429);
    expect((await strict.emails()).filter(({ to }) => to.startsWith("victim")).length).toBeLessThanOrEqual(3);
    await strict.close();
  });

  it("change email: one network has a limited number of attempts at codes", async () => {
    const strict = await testApp({ LIMIT_CODES_PER_IP: "4/10m" }, { verified: true });
    const eve = await strict.person({ username: "eve" }).isLoggedIn();
    await asks(next, eve);
    await endCodes(strict);
    const answers: number[] = [];
    for (let i = 0; i < 6; i++) answers.push((await types("000000", eve)).status);
    expect(answers).toEqual([422, 422, 422, 422, 429, 429]);
    await strict.close();
  });
});

it("change email: the log contains no token, email or password", { tags: ["asvs-14.2.1"] }, async () => {
  await moves(ada, next);
  const link = await undoLinkTo("ada@example.com");
  await follows(app.person(), link);
  const log = JSON.stringify(app.lines);
  for (const secret of [tokenOf(link), next, "ada@example.com", ada.identity.password]) expect(log).not.toContain(secret);
  expect(await findUserByEmail(app.s, "ada@example.com")).toBeDefined();
});
