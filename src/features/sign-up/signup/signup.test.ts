import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";

const good = { username: "grace", email: "grace@example.com", password: "seven small boats", confirm_password: "seven small boats" };

describe("sign up", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
  });
  afterAll(() => app.close());

  it("sign up: invisible characters around a username or email are removed, inside it they are refused", async () => {
    const answer = await app.person({ username: "\u200epasted\ufeff", email: "\u202apasted@example.com\u200b" }).signsUp();
    expect(answer.status).toBe(303);
    const row = await app.s.db.selectFrom("users").selectAll().where("username_key", "=", "pasted").executeTakeFirst();
    expect([row?.username, row?.email, row?.email_key]).toEqual(["pasted", "pasted@example.com", "pasted@example.com"]);
    for (const wrong of [{ email: "pas\u00adted2@example.com" }, { username: "pas\u200bted" }]) {
      const refused = await app.person().sendsJson("/signup", {
        username: "pasted2",
        email: "pasted2@example.com",
        password: "a harbour at dusk",
        confirm_password: "a harbour at dusk",
        ...wrong,
      });
      const [field = ""] = Object.keys(wrong);
      expect([refused.status, refused.json()]).toMatchObject([422, { error: { fields: { [field]: expect.any(String) } } }]);
    }
  });

  it("sign up: the account is created, a flash on the login page says so, and no session starts", async () => {
    const ada = app.person({ username: "ada" });
    const answer = await ada.signsUp();
    expect([answer.status, answer.location]).toEqual([303, "/login"]);
    expect((await ada.opens("/login")).text).toContain("Account created successfully! Please log in.");
    expect((await ada.opens("/dashboard")).status).toBe(303);
    expect((await ada.logsIn()).location).toBe("/dashboard");
  });

  it.each([
    ["an empty user name", { username: "" }, "Enter a username."],
    ["two characters", { username: "ab" }, "Use at least 3 characters in your username."],
    ["151 characters", { username: "a".repeat(151) }, "Use at most 150 characters in your username."],
    ["markup", { username: "<b>bold</b>" }, "Use only letters, numbers, dots, hyphens and underscores in your username."],
    ["two alphabets", { username: "аdmin" }, "Don't mix alphabets (for example Latin and Cyrillic) in your username."],
    ["no address", { email: "" }, "Enter your email."],
    ["half an address", { email: "grace@" }, "Enter a valid email, such as name@example.com."],
    ["no password", { password: "" }, "Enter a password."],
    ["seven characters", { password: "7 chars" }, "Use at least 8 characters in your password."],
    ["1,025 characters", { password: "🐙".repeat(1_025) }, "Use at most 1,024 characters in your password."],
    ["a common password", { password: "Password1" }, "This password is too common."],
    ["the person's own name", { password: "grace2026!" }, "This password is too similar to your name, your email or this site's name."],
    ["no second password", { confirm_password: "" }, "Confirm your password."],
    ["another second password", { confirm_password: "seven small boat" }, "The passwords don't match. Enter them again."],
  ])(
    "sign up: %s is refused beside the field, and other values except passwords are kept",
    { tags: ["asvs-2.2.1", "asvs-2.2.2"] },
    async (_, change, sentence) => {
      const before = await accounts();
      const { status, text, html } = await app.person().fillsIn("/signup", { ...good, ...change });
      expect(status).toBe(422);
      const [name] = Object.keys(change) as [keyof typeof good];
      expect(html).toMatch(new RegExp(`id="${name}-problem"><span class="for-ears">Error:</span> `));
      expect(html).toMatch(new RegExp(`<input id="${name}"[^>]*aria-describedby="[^"]*${name}-problem"[^>]*aria-invalid="true"`));
      expect(text.split(sentence).length - 1, "in the summary and beside the field").toBe(2);
      expect(html).toContain("<title>Error: Create account · Latchkey</title>");
      expect(html).not.toContain("seven small boats");
      if (name !== "email") expect(html).toContain('value="grace@example.com"');
      expect(await accounts()).toBe(before);
    },
  );

  it("sign up: its links, title, heading and button have the same words in each language", async () => {
    const own = await testApp({ LANGUAGES: "en,de,ar" });
    for (const [locale, words] of [
      ["en", "Create account"],
      ["de", "Konto erstellen"],
      ["ar", "إنشاء حساب"],
    ] as const) {
      const visitor = own.person({}, { "accept-language": locale });
      const { html } = await visitor.opens("/signup");
      expect(html, locale).toContain(`<title>${words} · `);
      expect(html, locale).toContain(`<h1>${words}</h1>`);
      expect(html, locale).toMatch(new RegExp(`<button type="submit" class="wide-button">${words}</button>`));
      for (const path of ["/", "/login"])
        expect([...(await visitor.opens(path)).html.matchAll(/href="\/signup[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual([
          words,
          words,
        ]);
    }
    await own.close();
  });

  it("sign up: all errors are shown at once", async () => {
    const { text } = await app.person().fillsIn("/signup", {});
    for (const sentence of ["Enter a username.", "Enter your email.", "Enter a password."]) expect(text).toContain(sentence);
  });

  it("sign up: a username or email taken in another case is refused", async () => {
    expect((await app.person({ username: "Kay", email: "kay@example.com" }).signsUp()).status).toBe(303);
    const twin = await app.person({ username: "kAY", email: "KAY@EXAMPLE.COM" }).signsUp();
    expect(twin.status).toBe(422);
    expect(twin.text).toContain("This username is taken. Choose a different one.");
    expect(twin.text).toContain("An account with this email already exists.");
    expect((await app.person({ username: "kay2", email: "kay@example.com" }).signsUp()).text).not.toContain("username is taken");
  });

  it("sign up: the email is shown as typed, and its case does not matter at login", async () => {
    const mary = await app
      .person({ username: "mary", email: "Mary.Shelley@Example.COM" })
      .isLoggedIn({ email: "mary.shelley@example.com" });
    expect((await mary.opens("/dashboard")).text).toContain("Mary.Shelley@Example.COM");
  });

  it("sign-up form: autocomplete names the fields for password managers", {
    tags: ["asvs-6.2.6", "asvs-6.2.7"],
  }, async () => {
    const { html } = await app.person().opens("/signup");
    // Password managers store the field that login asks for.
    expect(html).toMatch(/<input id="username" [^>]*autocomplete="nickname"/);
    expect(html).toMatch(/<input id="email" [^>]*autocomplete="username"/);
    expect(html).toMatch(/<input id="password" [^>]*type="password" autocomplete="new-password"/);
    expect(html).not.toMatch(/onpaste|autocomplete="off"/);
  });

  it("sign up: JSON gets the same results and errors", async () => {
    const apiClient = app.person();
    const made = await apiClient.sendsJson("/signup", { ...good, username: "jason", email: "jason@example.com" });
    expect(made.status).toBe(201);
    expect(made.json()).toEqual({
      user: expect.objectContaining({ id: expect.any(String), username: "jason", email: "jason@example.com", lastLoginAt: null }),
    });
    const again = await apiClient.sendsJson("/signup", { ...good, username: "jason", email: "other@example.com" });
    expect([again.status, again.json()]).toEqual([
      409,
      {
        error: {
          code: "taken",
          message: "This username is taken. Choose a different one.",
          fields: { username: "This username is taken. Choose a different one." },
        },
      },
    ]);
    const wrong = await apiClient.sendsJson("/signup", { username: 7, email: ["a@b.example"] });
    expect(wrong.status).toBe(422);
    expect(wrong.json()).toMatchObject({ error: { code: "invalid", fields: { username: expect.any(String), email: expect.any(String) } } });
  });

  it("sign up: fields that users may not set are ignored", { tags: ["asvs-15.3.3"] }, async () => {
    const made = await app
      .person()
      .sendsJson("/signup", { ...good, username: "mallory", email: "m@example.com", id: "1", role: "admin", created_at: 0 });
    expect(made.json()).not.toMatchObject({ user: { id: "1" } });
    expect(made.json()).not.toMatchObject({ user: { createdAt: 0 } });
  });

  async function accounts(): Promise<number> {
    return (await app.s.db.selectFrom("users").select("id").execute()).length;
  }
});

describe("sign up by the settings", () => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  it("sign up: with SIGNUP=closed it returns 404", async () => {
    app = await testApp({ SIGNUP: "closed" });
    expect((await app.person().opens("/signup")).status).toBe(404);
    expect((await app.person().sendsJson("/signup", good)).status).toBe(404);
    for (const path of ["/", "/login"]) expect((await app.person().opens(path)).html).not.toContain("/signup");
  });

  it("sign up: with PASSWORD_RULES a password needs a capital letter and a digit", async () => {
    app = await testApp({ PASSWORD_RULES: "upper-and-digit" });
    const refused = await app.person().fillsIn("/signup", good);
    expect(refused.text).toContain("Use at least one uppercase letter and one number in your password.");
    const password = "Seven small boats 7";
    expect((await app.person().fillsIn("/signup", { ...good, password, confirm_password: password })).status).toBe(303);
  });

  it("sign up: created accounts and taken usernames count towards the limit of an IP, invalid input does not", {
    tags: ["asvs-2.4.1"],
  }, async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "2/1h" });
    for (let i = 0; i < 5; i++) await app.person().fillsIn("/signup", { ...good, email: "grace@" });
    expect((await app.person().fillsIn("/signup", good)).status).toBe(303);
    expect((await app.person().fillsIn("/signup", good)).status).toBe(422);
    const third = await app.person().fillsIn("/signup", { ...good, username: "third", email: "third@example.com" });
    expect(third.status).toBe(429);
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect(third.text).toContain("Too many attempts. Try again in 1 hour.");
    app.passes(3_600_000);
    expect((await app.person().fillsIn("/signup", { ...good, username: "third", email: "third@example.com" })).status).toBe(303);
  });
});
