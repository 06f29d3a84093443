import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { namesCode } from "../../../../test/codes.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { cleanupExpired } from "../../../core/maintenance/cleanup.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const minute = 60_000;
const hour = 60 * minute;
const limits = {
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/1h",
};

describe("verify email", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ SIGNUP: "confirm", ...limits });
  });
  afterAll(() => app.close());

  it("verify email: the account opens after its code is entered in the browser that signed up", { tags: ["asvs-6.6.2"] }, async () => {
    const ada = app.person({ username: "ada" });
    const signedUp = await ada.signsUp();
    expect([signedUp.status, signedUp.location]).toEqual([303, "/verify-email"]);
    expect((await ada.opens("/verify-email")).text).toContain("Enter the 6-digit code we sent to ada@example.com");
    const code = await codeFor("ada@example.com");
    const visitor = app.person();
    const typed = await visitor.posts("/verify-email", { csrf_token: (await visitor.opens("/login")).token, code });
    expect([typed.status, typed.text]).toEqual([422, expect.stringContaining("We haven't sent a code to this browser.")]);
    const confirmed = await ada.fillsIn("/verify-email", { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    expect([confirmed.status, confirmed.location]).toEqual([303, "/login"]);
    expect((await ada.opens("/login")).text).toContain("Email verified.");
    expect((await ada.logsIn()).location).toBe("/dashboard");
  });

  it("sign up: a new and a known email get the same response and an email each", { tags: ["asvs-6.3.8"] }, async () => {
    const known = app.person({ username: "known" });
    await confirms(known);
    const shapes = [];
    for (const email of ["known@example.com", "brandnew@example.com"]) {
      app.resetRecords();
      const asked = app.person({ username: `visitor${shapes.length}`, email });
      const { status, location, headers, setCookies, html } = await asked.signsUp();
      const page = await asked.opens("/verify-email");
      shapes.push({
        status,
        location,
        html,
        names: [...headers.keys()],
        cookies: [...setCookies.keys()],
        hashes: [...app.hashes],
        page: page.text.replace(email, ""),
      });
    }
    expect(shapes[1]).toEqual(shapes[0]);
    expect((await app.emails("known@example.com"))[0]?.subject).toBe("You already have an account at Latchkey");
    expect((await app.emails("brandnew@example.com"))[0]?.subject).toBe("Verify your email for Latchkey");
  });

  it("sign up: a taken username is shown for every email", async () => {
    await confirms(app.person({ username: "named" }));
    for (const email of ["named@example.com", "other@example.com"]) {
      const { status, text } = await app.person({ username: "NAMED", email }).signsUp();
      expect([status, text.includes("This username is taken.")], email).toEqual([422, true]);
    }
  });

  it("verify email: a code allows five tries in ten minutes", { tags: ["asvs-6.5.5", "asvs-6.6.3"] }, async () => {
    const guesser = app.person({ username: "guesser" });
    await guesser.signsUp();
    const code = await codeFor("guesser@example.com");
    for (let i = 0; i < 5; i++) expect((await guesser.fillsIn("/verify-email", { code: wrong(code, i) })).status).toBe(422);
    expect((await guesser.fillsIn("/verify-email", { code })).status).toBe(422);

    const late = app.person({ username: "late" });
    await late.signsUp();
    const old = await codeFor("late@example.com");
    app.passes(10 * minute + 1_000);
    expect((await late.fillsIn("/verify-email", { code: old })).text).toContain("request a new one.");
    expect((await late.fillsIn("/verify-email", { again: "1" })).location).toBe("/verify-email");
    expect((await late.fillsIn("/verify-email", { code: await codeFor("late@example.com") })).status).toBe(303);
  });

  it("verify email: of simultaneous submissions of a code one succeeds", { tags: ["asvs-6.5.1"] }, async () => {
    const rush = app.person({ username: "rush" });
    await rush.signsUp();
    const code = await codeFor("rush@example.com");
    // One page each: a page submitted twice gets its first response again.
    const pages = await Promise.all(Array.from({ length: 5 }, () => rush.opens("/verify-email")));
    const answers = await Promise.all(pages.map(({ token }) => rush.posts("/verify-email", { csrf_token: token, code })));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it("verify email: the link opens a page whose button verifies in the same browser, opening it changes nothing", {
    tags: ["asvs-14.2.1"],
  }, async () => {
    const clicker = app.person({ username: "clicker" });
    await clicker.signsUp();
    const link = linkIn((await app.emails("clicker@example.com"))[0], "/verify-email/confirm");
    for (let i = 0; i < 3; i++) {
      const scanner = app.person();
      await scanner.opens(link, { "sec-purpose": "prefetch" });
      expect((await scanner.opens("/verify-email/confirm")).status).toBe(200);
    }
    expect((await clicker.logsIn()).status).toBe(401);
    expect((await clicker.fillsIn("/verify-email", { again: "1" })).location).toBe("/verify-email");
    const again = linkIn((await app.emails("clicker@example.com"))[0], "/verify-email/confirm");
    expect((await clicker.opens(again)).location).toBe("/verify-email/confirm");
    const page = await clicker.opens("/verify-email/confirm");
    expect(page.html).not.toContain('name="password"');
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect((await clicker.posts("/verify-email/confirm", { csrf_token: page.token })).location).toBe("/login");
    expect((await clicker.opens(again)).location).toBe("/verify-email/confirm");
    expect((await clicker.opens("/verify-email/confirm")).status).toBe(410);
  });

  it("verify email: the link needs the password in another browser", { tags: ["asvs-6.4.1"] }, async () => {
    const attacker = app.person({ username: "squatter", email: "victim@example.com", password: "the squatters own words" });
    await attacker.signsUp();
    const link = linkIn((await app.emails("victim@example.com"))[0], "/verify-email/confirm");
    const victim = app.person({ username: "victim", email: "victim@example.com" });
    await victim.opens(link);
    const page = await victim.opens("/verify-email/confirm");
    expect(page.text).toContain("enter your password too");
    expect((await victim.posts("/verify-email/confirm", { csrf_token: page.token })).status).toBe(422);
    expect((await victim.fillsIn("/verify-email/confirm", { password: "a harbour at dusk" })).status).toBe(401);
    expect((await attacker.logsIn()).status).toBe(401);

    await victim.fillsIn("/reset-password", { email: "victim@example.com" });
    await victim.opens(linkIn((await app.emails("victim@example.com"))[0], "/reset-password/choose"));
    const own = { password: "the victims own words", confirm_password: "the victims own words" };
    expect((await victim.fillsIn("/reset-password/choose", own)).status).toBe(303);
    expect((await attacker.logsIn()).status).toBe(401);
    expect((await victim.logsIn(own)).location).toBe("/dashboard");
  });

  it("sign up: the owner of an email replaces an unverified account on it", async () => {
    await app.person({ username: "early", email: "shared@example.com", password: "who came first of all" }).signsUp();
    const owner = app.person({ username: "rightful", email: "shared@example.com" });
    await confirms(owner);
    expect((await owner.logsIn()).location).toBe("/dashboard");
    expect((await app.person({ email: "shared@example.com", password: "who came first of all" }).logsIn()).status).toBe(401);
  });

  it("verify email: an unverified account is deleted after a day", async () => {
    await app.person({ username: "forgotten" }).signsUp();
    app.passes(24 * hour - minute);
    await cleanupExpired(app.s);
    expect(await findUserByEmail(app.s, "forgotten@example.com")).toBeDefined();
    app.passes(2 * minute);
    await cleanupExpired(app.s);
    expect(await findUserByEmail(app.s, "forgotten@example.com")).toBeUndefined();
  });

  it("log in: an unverified account leads to another verification email", async () => {
    const early = app.person({ username: "toosoon" });
    await early.signsUp();
    const phone = app.person({ username: "toosoon" });
    const refused = await phone.logsIn();
    expect([refused.status, refused.text]).toEqual([401, expect.stringContaining("or the email hasn't been verified.")]);
    expect(refused.html).toContain('href="/verify-email"');
    expect((await phone.fillsIn("/verify-email", { again: "1" })).location).toBe("/verify-email");
    expect((await phone.fillsIn("/verify-email", { code: await codeFor("toosoon@example.com") })).location).toBe("/login");
    expect((await phone.logsIn()).location).toBe("/dashboard");
  });

  it("verify email: the first code stays valid after a login that came before it", async () => {
    const hasty = app.person({ username: "hasty" });
    await hasty.signsUp();
    const code = await codeFor("hasty@example.com");
    await hasty.logsIn();
    await hasty.logsIn({ password: "a slip of the fingers" });
    expect((await hasty.fillsIn("/verify-email", { code })).location).toBe("/login");
  });

  it("verify email: a browser that requested no code gets no code field, and the page says where codes work", async () => {
    const desk = app.person({ username: "desk" });
    await desk.signsUp();
    expect((await desk.opens("/verify-email")).text).toContain("The code expires in 10 minutes and only works in this browser.");
    const phone = app.person({ username: "desk" });
    const unknown = await phone.opens("/verify-email");
    expect([unknown.text, unknown.html.includes('name="code"')]).toEqual([
      expect.stringContaining("haven't sent a code to this browser"),
      false,
    ]);
    await phone.logsIn();
    const before = (await app.emails("desk@example.com")).length;
    const asked = await phone.opens("/verify-email");
    expect(asked.text).not.toContain("We've sent");
    expect([asked.text, asked.html.includes('name="code"')]).toEqual([expect.stringContaining("Send code"), false]);
    await phone.fillsIn("/verify-email", { again: "1" });
    expect(await app.emails("desk@example.com")).toHaveLength(before + 1);
    expect((await phone.opens("/verify-email")).text).toContain("Enter the 6-digit code we sent to desk@example.com");
  });

  it("verify email: with SIGNUP=open another browser with a session gets no code field either", async () => {
    const open = await testApp({ SIGNUP: "open", ...limits });
    await open.person({ username: "ada" }).signsUp();
    const phone = open.person({ username: "ada" });
    await phone.logsIn();
    expect((await phone.opens("/verify-email")).html).not.toContain('name="code"');
    await phone.fillsIn("/verify-email", { again: "1" });
    const code = /^ {4}(\d{6})$/m.exec((await open.emails("ada@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await phone.fillsIn("/verify-email", { code })).location).toBe("/dashboard");
    await open.close();
  });

  it("verify email: leads back to the page of the settings that asked for it, and to no other site", async () => {
    const open = await testApp({ SIGNUP: "open", ...limits });
    for (const [name, page] of [
      ["ada", "/settings/two-factor"],
      ["bob", "/settings/passkeys"],
    ] as const) {
      const person = open.person({ username: name });
      await person.signsUp();
      await person.logsIn();
      const asks = await person.opens(page);
      expect(asks.text).toContain("Verify your email first. Then you can set up other ways to log in.");
      expect(asks.html).not.toMatch(/action="\/settings\/(?:two-factor\/authenticator|passkeys)"/);
      const [, path = ""] = /href="(\/verify-email\?next=[^"]*)"/.exec(asks.html) ?? [];
      expect((await person.opens(path)).html).toContain(`name="next" value="${page}"`);
      expect((await person.fillsIn("/verify-email", { again: "1", next: page })).location).toBe(path);
      const code = /^ {4}(\d{6})$/m.exec((await open.emails(`${name}@example.com`))[0]?.text ?? "")?.[1] ?? "";
      const wrong = await person.fillsIn("/verify-email", { code: "12", next: page });
      expect(wrong.html).toContain(`name="next" value="${page}"`);
      expect((await person.fillsIn("/verify-email", { code, next: page })).location).toBe(page);
      expect((await person.opens(path)).location).toBe(page);
      for (const next of ["//evil.test", "https://evil.test/", "/nowhere", "/login"])
        expect((await person.opens(`/verify-email?next=${encodeURIComponent(next)}`)).location).toBe("/dashboard");
    }
    const carol = open.person({ username: "carol" });
    await carol.signsUp();
    await carol.logsIn();
    const started = await carol.fillsIn("/settings/two-factor/authenticator", {});
    expect(started.location).toBe("/verify-email?next=%2Fsettings%2Ftwo-factor%2Fauthenticator");
    await open.close();
  });

  it("verify email: the link leads back like the code in the browser that requested it, to no other site, and nowhere else", async () => {
    const open = await testApp({ SIGNUP: "open", ...limits });
    const linkFor = async (name: string) => linkIn((await open.emails(`${name}@example.com`))[0], "/verify-email/confirm");
    const confirms = async (browser: Person, link: string, fields: Record<string, string> = {}) => {
      const opened = await browser.opens(link);
      expect(opened.location).toBe("/verify-email/confirm");
      return (await browser.fillsIn("/verify-email/confirm", fields)).location;
    };
    const signedUp = async (username: string) => {
      const person = open.person({ username });
      await person.signsUp();
      await person.logsIn();
      return person;
    };

    // The email of the sign-up, after the settings led to the page with the code.
    const ada = await signedUp("ada");
    await ada.opens("/verify-email?next=%2Fsettings%2Fpasskeys");
    const link = await linkFor("ada");
    expect(link).not.toContain("settings");
    expect(await confirms(ada, link)).toBe("/settings/passkeys");

    // A new email.
    const bob = await signedUp("bob");
    await bob.fillsIn("/verify-email", { again: "1", next: "/settings/two-factor" });
    expect(await confirms(bob, await linkFor("bob"))).toBe("/settings/two-factor");

    // The page that was shown last decides.
    const carol = await signedUp("carol");
    await carol.opens("/verify-email?next=%2Fsettings%2Fpasskeys");
    await carol.opens("/verify-email");
    expect(await confirms(carol, await linkFor("carol"))).toBe("/dashboard");

    // Open redirect.
    const long = `/settings?${"a".repeat(600)}`;
    for (const [i, next] of ["//evil.test", "https://evil.test/", "/nowhere", "/login", "/\\evil.test", long].entries()) {
      const dora = await signedUp(`dora${i}`);
      await dora.opens(`/verify-email?next=${encodeURIComponent(next)}`);
      expect(await confirms(dora, await linkFor(`dora${i}`)), next).toBe("/dashboard");
      const emil = await signedUp(`emil${i}`);
      await emil.fillsIn("/verify-email", { again: "1", next });
      expect(await confirms(emil, await linkFor(`emil${i}`)), next).toBe("/dashboard");
    }

    // Another browser, with a session and without.
    const flo = await signedUp("flo");
    await flo.opens("/verify-email?next=%2Fsettings%2Fpasskeys");
    const phone = open.person({ username: "flo" });
    await phone.logsIn();
    expect(await confirms(phone, await linkFor("flo"))).toBe("/dashboard");
    const gil = await signedUp("gil");
    await gil.opens("/verify-email?next=%2Fsettings%2Fpasskeys");
    expect(await confirms(open.person(), await linkFor("gil"), { password: gil.identity.password })).toBe("/login");
    await open.close();
  });

  it("verify email: to a logged-in user, the page says that the code is sent, without an “if”", async () => {
    const open = await testApp({ SIGNUP: "open", ...limits });
    await open.person({ username: "ada" }).signsUp();
    const phone = open.person({ username: "ada" });
    await phone.logsIn();
    const { text } = await phone.opens("/verify-email");
    expect(text).toContain("We'll send a verification code to ada@example.com. The code only works in this browser.");
    await open.close();
  });

  it("verify email: logins with other emails leave the requested code valid, and the page offers to send one there", async () => {
    const ada = app.person({ username: "mistypes" });
    await ada.signsUp();
    const code = await codeFor("mistypes@example.com");
    for (const email of ["mistypes@exmple.com", "mistype@example.com", "mistypes@example.org", "mystypes@example.com"]) {
      await ada.logsIn({ email });
      const { text } = await ada.opens("/verify-email");
      expect(text).toContain("Enter the 6-digit code we sent to mistypes@example.com");
      expect(text).toContain(`Want to verify ${email} instead?`);
    }
    expect((await ada.fillsIn("/verify-email", { code })).location).toBe("/login");
  });

  it("verify email: the code of an earlier sign-up in this browser works too", async () => {
    const both = app.person({ username: "firstofus" });
    await both.signsUp();
    const code = await codeFor("firstofus@example.com");
    await both.signsUp({ username: "secondofus", email: "secondofus@example.com" });
    expect((await both.fillsIn("/verify-email", { code })).location).toBe("/login");
    expect((await findUserByEmail(app.s, "firstofus@example.com"))?.email_verified_at).not.toBeNull();
  });

  it("log in: the error links to verification for accounts from before SIGNUP=confirm", async () => {
    const open = await testApp({ SIGNUP: "open", ...limits });
    await open.person({ username: "longer" }).isLoggedIn();
    const now = await testApp({ SIGNUP: "confirm", DATABASE_URL: open.s.settings.databaseUrl, ...limits });
    const longer = now.person({ username: "longer" });
    const { html } = await longer.logsIn();
    const summary = /<div class="summary"[\s\S]*?<\/div>/.exec(html)?.[0];
    expect(summary).toContain('Not verified yet? <a href="/verify-email">Verify your email</a>');
    await longer.fillsIn("/verify-email", { again: "1" });
    const code = /^ {4}(\d{6})$/m.exec((await now.emails("longer@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await longer.fillsIn("/verify-email", { code })).location).toBe("/login");
    expect((await longer.logsIn()).location).toBe("/dashboard");
    await now.close();
    await open.close();
  });

  it("log in: a correct password of an unverified account is not counted as a failure", async () => {
    const keen = app.person({ username: "keen" });
    await keen.signsUp();
    await keen.logsIn({ password: "a slip of the fingers" });
    for (let i = 0; i < 3; i++) expect((await keen.logsIn()).status).toBe(401);
    expect((await findUserByEmail(app.s, "keen@example.com"))?.password_failures).toBe(1);
  });

  it("sign up: a taken username does not count towards the limit of emails", async () => {
    await confirms(app.person({ username: "popular" }));
    const picky = app.person({ username: "popular", email: "picky@example.com" });
    for (let i = 0; i < 6; i++) expect((await picky.signsUp()).status).toBe(422);
    await picky.signsUp({ username: "picky" });
    expect(await app.emails("picky@example.com")).toHaveLength(1);
  });

  it("sign up: one inbox gets a limited number of emails, and the response does not reveal it", async () => {
    const locations = new Set<string | null>();
    for (let i = 0; i < 9; i++)
      locations.add((await app.person({ username: `flood${i}`, email: "flooded@example.com" }).signsUp()).location);
    expect(locations).toEqual(new Set(["/verify-email"]));
    expect((await app.emails("flooded@example.com")).length).toBeLessThanOrEqual(5);
  });

  it("sign up: one inbox gets a limited number of emails a day", { tags: ["asvs-6.3.1"] }, async () => {
    const written = new Set<string>();
    for (let hours = 0; hours < 5; hours++) {
      for (let i = 0; i < 6; i++) {
        await app.person({ username: `daily${hours}x${i}`, email: "daily@example.com" }).signsUp();
        for (const { text } of await app.emails("daily@example.com")) written.add(text);
      }
      app.passes(61 * minute);
    }
    expect(written.size).toBe(15);
  });

  it("verify email: JSON gets the same results and errors", async () => {
    const apiClient = app.person({ username: "jason" });
    const { password } = apiClient.identity;
    const made = await apiClient.sendsJson("/signup", {
      username: "jason",
      email: "jason@example.com",
      password,
      confirm_password: password,
    });
    expect([made.status, made.json()]).toEqual([202, { status: "check-email" }]);
    const refused = await apiClient.sendsJson("/login", { email: "jason@example.com", password });
    expect([refused.status, (refused.json() as { error: { code: string } }).error.code]).toEqual([401, "bad-credentials"]);
    const done = await apiClient.sendsJson("/verify-email", { code: await codeFor("jason@example.com") });
    expect([done.status, done.json()]).toEqual([200, { confirmed: true }]);
    expect((await apiClient.sendsJson("/login", { email: "jason@example.com", password })).status).toBe(200);
  });

  it("verify email: JSON takes the token of the link with the password, and resets the failure count", async () => {
    const apiClient = app.person({ username: "linker", email: "linker@example.com" });
    await apiClient.signsUp();
    const token = new URL(linkIn((await app.emails("linker@example.com"))[0], "/verify-email/confirm"), app.url).searchParams.get("token");
    const sends = (password: string) => app.person().sendsJson("/verify-email/confirm", { token, password });
    expect((await sends("not the password")).status).toBe(401);
    expect(await findUserByEmail(app.s, "linker@example.com")).toMatchObject({ password_failures: 1, email_verified_at: null });
    const done = await sends(apiClient.identity.password);
    expect([done.status, done.json()]).toEqual([200, { confirmed: true }]);
    expect(await findUserByEmail(app.s, "linker@example.com")).toMatchObject({
      password_failures: 0,
      email_verified_at: expect.any(Number),
    });
  });

  it("verify email: the password at the link upgrades an imported hash", async () => {
    const mover = app.person({ username: "mover" });
    await mover.signsUp();
    const { email, password } = mover.identity;
    const imported = { hash: `sha256$salt$${createHmac("sha256", "salt").update(password).digest("hex")}`, scheme: null };
    await app.s.db
      .updateTable("passwords")
      .set(imported)
      .where("user_id", "=", (await findUserByEmail(app.s, email))?.id ?? "")
      .execute();
    const elsewhere = app.person();
    await elsewhere.opens(linkIn((await app.emails(email))[0], "/verify-email/confirm"));
    expect((await elsewhere.fillsIn("/verify-email/confirm", { password })).location).toBe("/login");
    expect((await findUserByEmail(app.s, email))?.password_hash).toMatch(/^\$argon2id\$/);
  });

  it("sign up: the events of a replaced account are anonymized", async () => {
    const before = app.person({ username: "waylayer", email: "way@example.com" });
    await before.signsUp();
    const { id = "" } = (await findUserByEmail(app.s, "way@example.com")) ?? {};
    const recorded = () => app.s.db.selectFrom("audit").select("event").where("user_id", "=", id).execute();
    expect(await recorded()).toEqual([{ event: "signed-up" }]);
    await app.person({ username: "wayfarer", email: "way@example.com" }).signsUp();
    expect(await recorded()).toEqual([]);
  });

  it("change email: the email of an unverified account can be taken over", async () => {
    await app.person({ username: "squats", email: "mine@example.org" }).signsUp();
    const owner = app.person({ username: "settled" });
    await confirms(owner);
    await owner.logsIn();
    await owner.fillsIn("/settings/change-email", { email: "mine@example.org" });
    const code = await codeFor("mine@example.org");
    expect((await app.emails("mine@example.org"))[0]?.text).toMatch(/^Enter this code/);
    expect((await owner.fillsIn("/settings/change-email/confirm", { code })).location).toBe("/settings");
    expect((await findUserByEmail(app.s, "mine@example.org"))?.username).toBe("settled");
  });

  it("verify email: the code is stored as a keyed hash", { tags: ["asvs-6.5.2"] }, async () => {
    const kept = app.person({ username: "kept" });
    await kept.signsUp();
    const code = await codeFor("kept@example.com");
    const dump = JSON.stringify([
      await app.s.db.selectFrom("one_time_tokens").selectAll().execute(),
      await app.s.db.selectFrom("outbox").selectAll().execute(),
    ]);
    expect(namesCode(dump, code)).toBe(false);
    expect(dump).not.toContain("Verify your email");
  });

  async function codeFor(email: string): Promise<string> {
    const code = /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1];
    if (!code) throw new Error(`There is no code for ${email}.`);
    return code;
  }

  async function confirms(person: Person): Promise<void> {
    await person.signsUp();
    const { status } = await person.fillsIn("/verify-email", { code: await codeFor(person.identity.email) });
    if (status !== 303) throw new Error(`Confirming answered ${status}.`);
  }

  function wrong(code: string, by: number): string {
    return String((Number(code) + 1 + by) % 1_000_000).padStart(6, "0");
  }
});

describe("verify email with SIGNUP=open", () => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  it("dashboard: a notice asks for verification until it is done", async () => {
    app = await testApp({ ...limits });
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    expect((await ada.opens("/dashboard")).html).toContain('href="/verify-email"');
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("ada@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await ada.fillsIn("/verify-email", { code })).location).toBe("/dashboard");
    expect((await ada.opens("/dashboard")).html).not.toContain('href="/verify-email"');
  });
});
