import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownValue } from "../../../test/attacks/forms.ts";
import { linkIn, type TestApp, testApp } from "../../../test/person.ts";
import { createLatchkey } from "../../index.ts";
import { findUserByEmail } from "./users.ts";

const password = "a harbour at dusk";
const inputOf = (html: string, name: string) =>
  new RegExp(`<label for="${name}">([^<]+)<[\\s\\S]*?<input id="${name}" name="${name}" ([^>]+)>`).exec(html);

describe.each([
  ["email", "Email", 'type="email"', "Enter your email.", "Incorrect email or password."],
  ["username", "Username", 'type="text"', "Enter your username.", "Incorrect username or password."],
  ["both", "Email or username", 'type="text"', "Enter your email or username.", "Incorrect email, username or password."],
] as const)("LOGIN_WITH=%s", (loginWith, label, type, enter, wrong) => {
  let app: TestApp;
  const accepted = { email: loginWith !== "username", username: loginWith !== "email" };
  beforeAll(async () => {
    app = await testApp({ LOGIN_WITH: loginWith, LIMIT_SIGNUP_PER_IP: "1000/1h" });
    await app.person({ username: "Ada.L", email: "ada@example.com" }).signsUp();
  });
  afterAll(() => app.close());

  it("log in: the names that the setting accepts log in, in HTML and in JSON", async () => {
    for (const [kind, names] of Object.entries({ email: ["ada@example.com", "ADA@example.com "], username: ["Ada.L", " ada.l"] })) {
      const expected = accepted[kind as "email" | "username"];
      for (const email of names) {
        expect((await app.person().logsIn({ email })).status, email).toBe(expected ? 303 : 401);
        const { status, json } = await app.person().sendsJson("/login", { email, password, session: "token" });
        expect(status).toBe(expected ? 200 : 401);
        if (!expected) expect(json()).toEqual({ error: { code: "bad-credentials", message: wrong } });
      }
    }
  });

  it("log in: the field has a fitting label, type and errors, and password managers see a username", async () => {
    const { html } = await app.person().opens("/login");
    const [, shownLabel, attributes] = inputOf(html, "email") ?? [];
    expect([shownLabel, attributes]).toEqual([label, expect.stringContaining(type)]);
    expect(attributes).toMatch(/autocomplete="username(?: webauthn)?"/);
    expect((await app.person().fillsIn("/login", { email: "", password: "" })).text).toContain(enter);
    const refused = await app.person().fillsIn("/login", { email: "nobody", password: "wrong" });
    expect([refused.status, refused.text, shownValue(refused, "email")]).toEqual([401, expect.stringContaining(wrong), "nobody"]);
  });

  it("log in: invisible characters inside a name are an error, and no failed attempt", async () => {
    for (const email of ["a\u200bda@example.com", "Ada\u200b.L"]) {
      const answer = await app.person().sendsJson("/login", { email, password });
      expect([answer.status, answer.json()]).toMatchObject([422, { error: { fields: { email: expect.stringContaining("invisible") } } }]);
    }
  });

  it("sign up: the field that logs in says so, and the login form has it filled in", async () => {
    const { html } = await app.person().opens("/signup");
    const [username, email] = [inputOf(html, "username")?.[0] ?? "", inputOf(html, "email")?.[0] ?? ""];
    const login = loginWith === "username" ? username : email;
    expect([username, email].filter((each) => each.includes("You&#39;ll use this to log in."))).toEqual([login]);
    expect([username, email].filter((each) => each.includes('autocomplete="username"'))).toEqual([login]);
    const grace = app.person({ username: "grace" });
    await grace.signsUp();
    const form = await grace.opens("/login");
    expect(shownValue(form, "email")).toBe(loginWith === "username" ? "grace" : "grace@example.com");
    expect(form.html).toMatch(/<input id="password"[^>]* autofocus>/);
  });

  it("reset password: it asks for the email, and the form names the account for password managers", async () => {
    const visitor = app.person();
    await visitor.fillsIn("/reset-password", { email: "ada@example.com" });
    await visitor.opens(linkIn((await app.emails("ada@example.com"))[0], "/reset-password/choose"));
    const { html, text } = await visitor.opens("/reset-password/choose");
    const name = loginWith === "username" ? "Ada.L" : "ada@example.com";
    expect(html).toContain(`<input type="text" autocomplete="username" value="${name}"`);
    expect(text).toContain(loginWith === "email" ? "the password of ada@example.com and" : "the password of Ada.L (ada@example.com) and");
    const fresh = { password, confirm_password: password };
    await visitor.fillsIn("/reset-password/choose", fresh);
    expect(shownValue(await visitor.opens("/login"), "email")).toBe(name);
    expect((await app.person().fillsIn("/reset-password", { email: "Ada.L" })).status).toBe(422);
  });

  it("reauthentication: the password form names the account for password managers", async () => {
    const ada = app.person();
    await ada.logsIn({ email: loginWith === "username" ? "Ada.L" : "ada@example.com" });
    const name = loginWith === "username" ? "Ada.L" : "ada@example.com";
    for (const path of ["/confirm-password", "/settings/change-password"])
      expect((await ada.opens(path)).html).toContain(`autocomplete="username" value="${name}"`);
    expect((await ada.fillsIn("/confirm-password", { current_password: password })).status).toBe(303);
  });

  it("OpenAPI: the field `email` of a login says what it takes", async () => {
    const { paths } = (await app.person().opens("/openapi.json")).json() as { paths: Record<string, object> };
    const text = { email: "The account's email.", username: "The account's username.", both: "The account's email or username." };
    expect(JSON.stringify(paths["/login"])).toContain(`"description":"${text[loginWith]}"`);
  });
});

describe("LOGIN_WITH and SIGNUP=confirm", () => {
  it("log in: a username with the right password leads to a code for an unverified account of before", async () => {
    const open = await testApp();
    await open.person({ username: "longer" }).signsUp();
    const settings = { SIGNUP: "confirm", LOGIN_WITH: "both", DATABASE_URL: open.s.settings.databaseUrl };
    const now = await testApp(settings);
    const pages = [];
    for (const secret of [password, "not the password"]) {
      const phone = now.person({ username: "longer" });
      const refused = await phone.logsIn({ email: "longer", password: secret });
      const page = await phone.opens("/verify-email");
      expect(page.text).toContain("a verification code to the email of longer if it still");
      const before = (await now.emails("longer@example.com")).length;
      const sent = await phone.fillsIn("/verify-email", { again: "1" });
      const asked = await phone.opens("/verify-email");
      expect(asked.text).toContain("Enter the 6-digit code we sent to the email of longer");
      pages.push([refused.status, refused.text, page.text, sent.location, asked.text]);
      const [newest] = await now.emails("longer@example.com");
      expect((await now.emails("longer@example.com")).length - before).toBe(secret === password ? 1 : 0);
      if (secret !== password) continue;
      expect(asked.html).not.toContain("longer@example.com");
      expect(asked.html).not.toContain("?correct=1");
      const code = /^ {4}(\d{6})$/m.exec(newest?.text ?? "")?.[1] ?? "";
      expect((await phone.fillsIn("/verify-email", { code })).location).toBe("/login");
      expect((await findUserByEmail(now.s, "longer@example.com"))?.email_verified_at).not.toBeNull();
      await now.s.db.updateTable("users").set({ email_verified_at: null }).execute();
    }
    expect(pages[1]).toEqual(pages[0]);
    await now.close();
    await open.close();
  });
});

describe("library option loginWith", () => {
  it("createLatchkey: loginWith is checked, and used by its login page", async () => {
    const options = { databaseUrl: "sqlite::memory:", nodeEnv: "test" } as const;
    await expect(createLatchkey({ ...options, loginWith: "name" as never })).rejects.toMatchObject({
      code: "invalid",
      option: "loginWith",
    });
    const latchkey = await createLatchkey({ ...options, loginWith: "username", confirmPassword: "off" });
    const answers = ["/login", "/signup"].map((path) => latchkey.handle(new Request(`http://localhost:5050${path}`)));
    const [login = "", signup = ""] = await Promise.all(answers.map(async (answer) => (await answer).text()));
    expect(inputOf(login, "email")?.[1]).toBe("Username");
    expect(signup).not.toContain("confirm_password");
    await latchkey.close();
  });
});
