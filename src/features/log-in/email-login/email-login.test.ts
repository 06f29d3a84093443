import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownValue } from "../../../../test/attacks/forms.ts";
import { wrongDigits } from "../../../../test/codes.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { cleanupExpired } from "../../../core/maintenance/cleanup.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const minute = 60_000;
const path = "/login/code";
const wide = {
  EMAIL_LOGIN: "on",
  SIGNUP: "confirm",
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_LONG: "1000/1d",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/1h",
};

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";

describe("email login", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(wide);
    for (const username of ["ada", "grace"]) {
      const member = app.person({ username });
      await member.signsUp();
      await member.fillsIn("/verify-email", { code: await codeFor(member.identity.email) });
    }
  });
  afterAll(() => app.close());

  const emailTo = async (email: string) => (await app.emails(email))[0];
  const codeFor = async (email: string) => /^ {4}(\d{6})$/m.exec((await emailTo(email))?.text ?? "")?.[1] ?? "";
  const linkFor = async (email: string) => linkIn(await emailTo(email), `${path}/link`);
  const asks = (who: Person, fields: Record<string, string> = {}) => who.fillsIn("/login", { email: who.identity.email, ...fields });
  /** Presses the second button of the login form. */
  const pressesButton = async (who: Person, fields: Record<string, string> = {}) => {
    const { token } = await who.opens("/login");
    return who.posts(path, { csrf_token: token, email: who.identity.email, password: "", ...fields });
  };
  const types = async (who: Person, fields: Record<string, string>) => who.fillsIn(path, fields);
  const methodsOf = async (email: string) => {
    const user = await findUserByEmail(app.s, email);
    const rows = await app.s.db
      .selectFrom("sessions")
      .select("methods")
      .where("user_id", "=", user?.id ?? "")
      .execute();
    return rows.map(({ methods }) => methods);
  };

  it("email login: the login form has a second button, and its code logs in the browser that asked, remembered and where it wanted to go", async () => {
    const ada = app.person();
    const login = await ada.opens("/login?next=/settings/sessions");
    expect(login.html).toContain('<button type="submit" class="wide-button secondary" formaction="/login/code">Email me a code</button>');
    const asked = await pressesButton(ada, { remember: "on", next: "/settings/sessions" });
    expect([asked.status, asked.location]).toEqual([303, path]);
    const page = await ada.opens(path);
    expect(page.text).toContain("Enter the 6-digit code we sent to ada@example.com");
    const answer = await types(ada, { code: await codeFor("ada@example.com") });
    expect([answer.status, answer.location]).toEqual([303, "/settings/sessions"]);
    expect(await methodsOf("ada@example.com")).toEqual(["email-code"]);
    const session = await app.s.db.selectFrom("sessions").select("remembered").executeTakeFirst();
    expect(session?.remembered).toBe(1);
    expect((await ada.opens("/settings/activity")).text).toContain("Login code requested");
  });

  it("email login: its link logs in by a button in the browser that asked, once", async () => {
    const grace = app.person({ username: "grace" });
    await pressesButton(grace);
    const link = await linkFor("grace@example.com");
    expect((await grace.opens(link)).location).toBe(`${path}/link`);
    const page = await grace.opens(`${path}/link`);
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("Log in as grace@example.com.")]);
    const before = await grace.opens(`${path}/link`);
    expect((await grace.fillsIn(`${path}/link`, {})).location).toBe("/dashboard");
    expect(await methodsOf("grace@example.com")).toEqual(["email-link"]);
    const again = app.person({ username: "grace" });
    await again.opens(link);
    expect((await again.opens(`${path}/link`)).status).toBe(410);
    expect(before.status).toBe(200);
  });

  it("email login: the code can be asked for on a page of its own, corrected, and sent again", async () => {
    const typo = app.person({ username: "typo", email: "typo@exmaple.com" });
    expect((await typo.opens(path)).text).toContain("Log in by email");
    expect((await typo.fillsIn(path, { email: "typo@exmaple.com", next: "/settings" })).location).toBe(path);
    const page = await typo.opens(path);
    expect(page.html).toContain(`href="${path}?correct=1"`);
    expect(shownValue(await typo.opens(`${path}?correct=1`), "email")).toBe("typo@exmaple.com");
    const [first, sent] = [await codeFor("typo@exmaple.com"), (await app.emails("typo@exmaple.com")).length];
    expect((await types(typo, { again: "1" })).location).toBe(path);
    expect((await app.emails("typo@exmaple.com")).length).toBe(sent + 1);
    if (first !== (await codeFor("typo@exmaple.com"))) expect((await types(typo, { code: first })).status).toBe(422);
    expect(shownValue(await typo.opens("/login"), "email")).toBe("typo@exmaple.com");
  });

  it("email login: an empty or invalid email and a code of another shape get a message beside the field", async () => {
    const ada = app.person();
    for (const email of ["", "ada@", "ada"]) expect((await ada.fillsIn(path, { email })).status).toBe(422);
    expect((await ada.fillsIn(path, { email: "" })).html).toContain('<p class="problem" id="email-problem">');
    await pressesButton(ada);
    for (const code of ["", "12345", "abcdef"]) {
      const { status, html } = await types(ada, { code });
      expect([status, html.includes('id="code-problem"')]).toEqual([422, true]);
    }
  });

  it("email login: a new user chooses a username after the code, and has a verified account without a password", async () => {
    const newcomer = app.person({ username: "hedy" }, { "user-agent": firefox });
    await pressesButton(newcomer, { next: "/settings" });
    const sent = await emailTo("hedy@example.com");
    expect(sent?.subject).toBe("Your sign-up code for Latchkey");
    expect((await types(newcomer, { code: await codeFor("hedy@example.com") })).location).toBe(`${path}/new`);
    const form = await newcomer.opens(`${path}/new`);
    expect(form.text).toContain("hedy@example.com is verified. Choose a username.");
    expect(await findUserByEmail(app.s, "hedy@example.com")).toBeUndefined();
    const taken = await newcomer.fillsIn(`${path}/new`, { username: "ADA" });
    expect([taken.status, taken.text.includes("This username is taken.")]).toEqual([422, true]);
    expect((await newcomer.fillsIn(`${path}/new`, { username: "h" })).status).toBe(422);
    expect((await newcomer.fillsIn(`${path}/new`, { username: "hedy" })).location).toBe("/settings");
    expect((await newcomer.opens("/settings")).text).toContain("Account created. Welcome, hedy!");
    const user = await findUserByEmail(app.s, "hedy@example.com");
    expect([user?.email_verified_at === null, user?.password_hash]).toEqual([false, null]);
    expect((await newcomer.opens("/dashboard")).status).toBe(200);
    const later = app.person();
    expect((await later.opens(`${path}/new`)).text).toContain("We'll email you a code and a link.");
  });

  it("email login: a new user who follows the link gets the same page", async () => {
    const newcomer = app.person({ username: "joan" });
    await pressesButton(newcomer);
    await newcomer.opens(await linkFor("joan@example.com"));
    expect((await newcomer.opens(`${path}/link`)).text).toContain("Create an account for joan@example.com.");
    expect((await newcomer.fillsIn(`${path}/link`, {})).location).toBe(`${path}/new`);
    expect((await newcomer.fillsIn(`${path}/new`, { username: "joan" })).location).toBe("/dashboard");
    expect(await methodsOf("joan@example.com")).toEqual(["email-link"]);
  });

  it("email login: with SIGNUP=closed the page is the same, and the email says that there is no account", async () => {
    const closed = await testApp({ ...wide, SIGNUP: "closed" });
    const stranger = closed.person({ username: "stranger" });
    const asked = await stranger.fillsIn(path, { email: "stranger@example.com" });
    expect(asked.location).toBe(path);
    expect((await stranger.opens(path)).text).toContain("Enter the 6-digit code we sent to stranger@example.com");
    const [sent] = await closed.emails("stranger@example.com");
    expect(sent?.text.replaceAll(/\s+/g, " ")).toContain("there is no account with this email at Latchkey");
    expect(sent?.text).not.toMatch(/^ {4}\d{6}$/m);
    await closed.close();
  });

  it("email login: JSON clients send back `pending` and get a session or a token", async () => {
    const client = app.person();
    const asked = await client.sendsJson(path, { email: "ada@example.com" });
    const { status, pending } = asked.json() as { status: string; pending: string };
    expect([asked.status, status, asked.setCookies.has("latchkey_email-code")]).toEqual([202, "check-email", false]);
    const wrong = await client.sendsJson(path, { code: "000000", pending: "none" });
    expect([wrong.status, wrong.json()]).toMatchObject([422, { error: { code: "wrong-code" } }]);
    const code = await codeFor("ada@example.com");
    const answer = await client.sendsJson(path, { code, pending, session: "token" });
    expect([answer.status, answer.json()]).toMatchObject([200, { user: { username: "ada" }, token: expect.any(String) }]);
    const again = (await client.sendsJson(path, { email: "new@example.com" })).json() as { pending: string };
    const proven = await client.sendsJson(path, { code: await codeFor("new@example.com"), pending: again.pending });
    expect([proven.status, proven.json()]).toMatchObject([202, { due: "username", pending: expect.any(String) }]);
    const made = await client.sendsJson(`${path}/new`, { username: "newton", ...(proven.json() as object), session: "token" });
    expect([made.status, made.json()]).toMatchObject([200, { user: { username: "newton", email: "new@example.com" } }]);
    const linked = (await client.sendsJson(path, { email: "ada@example.com" })).json() as { pending: string };
    const token = new URL(await linkFor("ada@example.com"), app.url).searchParams.get("token");
    const byLink = await client.sendsJson(`${path}/link`, { token, pending: linked.pending });
    expect([byLink.status, byLink.json()]).toMatchObject([200, { user: { username: "ada" } }]);
  });

  it("email login: LOGIN_WITH=username sends the code to the account's email, and the page does not name it", async () => {
    const named = await testApp({ ...wide, SIGNUP: "open", LOGIN_WITH: "username" }, { verified: true });
    await named.person().signsUp();
    const ada = named.person();
    await ada.fillsIn(path, { email: "ada" });
    const page = await ada.opens(path);
    expect(page.text).toContain("If ada has an account, we've sent a 6-digit code to its email.");
    expect(page.html).not.toContain("ada@example.com");
    const code = /^ {4}(\d{6})$/m.exec((await named.emails("ada@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await ada.fillsIn(path, { code })).location).toBe("/dashboard");
    const nobody = named.person();
    await nobody.fillsIn(path, { email: "nobody" });
    expect((await nobody.opens(path)).text).toContain("If nobody has an account");
    await named.close();
  });

  it("email login: a code expires after ten minutes, and expired rows are removed", { tags: ["asvs-6.5.5"] }, async () => {
    const ada = app.person();
    await pressesButton(ada);
    const code = await codeFor("ada@example.com");
    const link = await linkFor("ada@example.com");
    app.passes(10 * minute + 1_000);
    expect((await types(ada, { code })).status).toBe(422);
    await ada.opens(link);
    expect((await ada.fillsIn(`${path}/link`, {})).status).not.toBe(303);
    expect((await ada.opens(`${path}/link`)).status).toBe(410);
    await cleanupExpired(app.s);
    expect(await app.s.db.selectFrom("email_logins").select("email").where("email", "=", "ada@example.com").execute()).toEqual([]);
    app.passes(21 * minute);
    expect((await ada.opens(path)).text).toContain("Log in by email");
  });

  it("email login: with EMAIL_LOGIN=off the login page is the same to the byte as without the feature, and has no route of it", async () => {
    const { features } = await import("../../index.ts");
    const [off, without] = [await testApp({}), await testApp({}, { features: features.filter(({ name }) => name !== "email-login") })];
    const login = async (each: TestApp) =>
      (await each.person().opens("/login")).html.replaceAll(/value="[\w-]{80,}"/g, "").replaceAll(/nonce-[^"]*/g, "");
    expect(await login(off)).toBe(await login(without));
    expect(off.hono.serves(path)).toBe(false);
    await Promise.all([off.close(), without.close()]);
  });

  it("email login: asking from the login form with a wrong password typed still sends the code", async () => {
    const ada = app.person();
    await asks(ada, { password: "wrong" });
    expect((await pressesButton(ada, { password: "wrong" })).location).toBe(path);
  });
});

describe("email login in the settings", () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await testApp({ ...wide, SIGNUP: "open" }, { verified: true });
    ada = await app.person().isLoggedIn();
  });
  afterAll(() => app.close());
  const settings = "/settings/email-login";

  it("email login settings: an account with fewer than two other ways to log in cannot turn it off", async () => {
    const page = await ada.opens(settings);
    expect([page.status, page.text.includes("you need two other ways to log in")]).toEqual([200, true]);
    const refused = await ada.sendsJson(settings, { login: "off" }, { "x-csrf-token": page.token });
    expect([refused.status, refused.json()]).toMatchObject([409, { error: { code: "last-way-in" } }]);
  });

  it("email login settings: the row has a button only where something can be changed, else the reason", async () => {
    const button = 'href="/settings/email-login">Change';
    const before = await ada.opens("/settings");
    expect(before.text).toContain("To turn it off, you need two other ways to log in, such as a password and a passkey.");
    expect(before.html).not.toContain(button);
    const ways = app.s.catalog.waysIn as { name: string; count: () => Promise<number> }[];
    ways.push({ name: "another", count: async () => 1 });
    const after = await ada.opens("/settings");
    expect(after.html).toContain(button);
    expect(after.text).not.toContain("two other ways");
    expect(after.text).toContain("Login by email On");
    ways.pop();
  });

  it("email login settings: with two other ways it is turned off and on, with an event and an email, and off sends no code", async () => {
    const ways = app.s.catalog.waysIn as { name: string; count: () => Promise<number> }[];
    ways.push({ name: "another", count: async () => 1 });
    expect((await ada.fillsIn(settings, { login: "off" })).location).toBe(settings);
    expect((await ada.opens(settings)).text).toContain("You can't log in with codes and links by email.");
    expect((await ada.opens("/settings")).text).toMatch(/Login by email Off .*Change: Login by email/);
    const visitor = app.person();
    await visitor.fillsIn(path, { email: "ada@example.com" });
    const [sent] = await app.emails("ada@example.com");
    expect(sent?.text.replaceAll(/\s+/g, " ")).toContain("login by email is turned off in its settings");
    expect(sent?.text).not.toMatch(/^ {4}\d{6}$/m);
    const codes = await app.s.db.selectFrom("email_logins").select("code_hash").execute();
    expect(codes).toHaveLength(1);
    expect((await app.emails("ada@example.com")).some(({ subject }) => subject === "Login by email was turned off")).toBe(true);
    expect((await ada.fillsIn(settings, { login: "on" })).location).toBe(settings);
    expect((await ada.opens("/settings/activity")).text).toContain("Login by email turned on");
    ways.pop();
  });

  it("email login settings: a code that was sent before it was turned off does not log in", async () => {
    const visitor = app.person();
    await visitor.fillsIn(path, { email: "ada@example.com" });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("ada@example.com"))[0]?.text ?? "")?.[1] ?? "";
    const user = await findUserByEmail(app.s, "ada@example.com");
    await app.s.db
      .updateTable("email_login_choices")
      .set({ is_off: 1 })
      .where("user_id", "=", user?.id ?? "")
      .execute();
    expect((await visitor.fillsIn(path, { code })).status).toBe(422);
    await app.s.db.updateTable("email_login_choices").set({ is_off: 0 }).execute();
  });
});

describe("re-authentication by email", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(wide);
  });
  afterAll(() => app.close());
  const codeFor = async (email: string) => /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";

  async function member(username: string): Promise<Person> {
    const person = app.person({ username });
    await person.fillsIn(path, { email: person.identity.email });
    await person.fillsIn(path, { code: await codeFor(person.identity.email) });
    await person.fillsIn(`${path}/new`, { username });
    return person;
  }

  it("re-authentication: a user without a password confirms with a code by email, which a GET does not send", {
    tags: ["asvs-7.5.1"],
  }, async () => {
    const ada = await member("ada");
    app.passes(16 * minute);
    const to = (await ada.opens("/settings/change-username")).location ?? "";
    const before = (await app.emails("ada@example.com")).length;
    const page = await ada.opens(to);
    expect(page.text).toContain("We'll email a code to ada@example.com. Email me a code");
    expect(page.html).not.toContain(">Continue<");
    expect((await app.emails("ada@example.com")).length).toBe(before);
    const sent = await ada.fillsIn(to, { email_code: "", next: "/settings/change-username" });
    expect([sent.status, sent.text.includes("We've emailed a code to you.")]).toEqual([403, true]);
    expect(sent.html).toContain('name="email_code"');
    expect(sent.html).toContain(">Continue<");
    expect((await ada.fillsIn(to, { email_code: wrongDigits(await codeFor("ada@example.com")) })).status).toBe(401);
    const done = await ada.fillsIn(to, { email_code: await codeFor("ada@example.com"), next: "/settings/change-username" });
    expect([done.status, done.location]).toEqual([303, "/settings/change-username"]);
    expect((await ada.opens("/settings/change-username")).status).toBe(200);
  });

  it("re-authentication: the code of one session does not confirm another, and five tries end it", async () => {
    const bob = await member("bob");
    const other = app.person({ username: "bob" });
    await other.fillsIn(path, { email: "bob@example.com" });
    await other.fillsIn(path, { code: await codeFor("bob@example.com") });
    app.passes(16 * minute);
    await bob.fillsIn("/confirm-password", { email_code: "" });
    const code = await codeFor("bob@example.com");
    await other.fillsIn("/confirm-password", { email_code: "" });
    const own = await codeFor("bob@example.com");
    // Two codes are equal once in a million times.
    if (code !== own) expect((await other.fillsIn("/confirm-password", { email_code: code })).status).toBe(401);
    for (let i = 0; i < 5; i++) await other.fillsIn("/confirm-password", { email_code: wrongDigits(own) });
    expect((await other.fillsIn("/confirm-password", { email_code: own })).status).not.toBe(303);
    // Neither the request nor the tries of the other session end it.
    expect((await app.emails("bob@example.com")).filter(({ kind }) => kind === "confirm-code")).toHaveLength(2);
    expect((await bob.fillsIn("/confirm-password", { email_code: code })).status).toBe(303);
  });

  it("re-authentication: JSON clients get code-sent, then a session that has confirmed", async () => {
    const eve = await member("eve");
    app.passes(16 * minute);
    const { token } = await eve.opens("/settings");
    const headers = { "x-csrf-token": token };
    const sent = await eve.sendsJson("/confirm-password", { email_code: "" }, headers);
    expect([sent.status, sent.json()]).toMatchObject([403, { error: { code: "code-sent", message: "We've emailed a code to you." } }]);
    const done = await eve.sendsJson("/confirm-password", { email_code: await codeFor("eve@example.com") }, headers);
    expect([done.status, done.json()]).toMatchObject([200, { user: { username: "eve" } }]);
  });
});
