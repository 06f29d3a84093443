import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../test/person.ts";
import { createUser, emailKey, findUserByEmail, isEmail, usernameKey, usernameProblem } from "./users.ts";

describe("a user name", () => {
  it.each([
    ["ada", undefined],
    ["Ada.Lovelace_1815-x", undefined],
    ["Ωmega".normalize("NFC"), "mixed-scripts"],
    ["Мария", undefined],
    ["山田たろう", undefined],
    ["김철수", undefined],
    ["मीरा", undefined],
    ["josé", undefined],
    ["12345", undefined],
    ["ab", "too-short"],
    ["日本", "too-short"],
    ["a".repeat(150), undefined],
    ["a".repeat(151), "too-long"],
    ["...", "characters"],
    ["ada lovelace", "characters"],
    ["ada\u200bx", "characters"],
    ["ada\u00adx", "characters"],
    ["\u202eada", "characters"],
    ["ada\0x", "characters"],
    ["<b>ada", "characters"],
    ["ada@x", "characters"],
    ["\u0301ada", "characters"],
    ["pаypal", "mixed-scripts"],
    ["аdmin", "mixed-scripts"],
    ["𝐚𝐝𝐦𝐢𝐧", "mixed-scripts"],
  ])("%j: %s [ASVS 2.2.1]", (username, problem) => {
    expect(usernameProblem(username)).toBe(problem);
  });

  it.each([
    ["ADA", "ada"],
    ["ａｄａ", "ada"],
    ["ﬁona", "fiona"],
    ["\u212aelvin", "kelvin"],
    ["STRASSE", "straße"],
    ["ΟΔΟΣ", "οδος"],
    ["mıke", "mike"],
    ["jose\u0301", "josé"],
  ])("%j is the same as %j", (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other));
  });

  it("has one key, whatever is done to it twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (name) => {
        const key = usernameKey(name);
        expect(usernameKey(key)).toBe(key);
        usernameProblem(name);
      }),
    );
  });

  it("that is allowed has the same key in capitals", () => {
    const letters = fc.stringMatching(/^[a-zA-Zà-öø-ÿ0-9._-]{3,20}$/);
    fc.assert(
      fc.property(letters, (name) => {
        expect(usernameKey(name.toUpperCase())).toBe(usernameKey(name));
      }),
    );
  });
});

describe("an e-mail address", () => {
  it.each([
    "ada@example.com",
    "a@b.co",
    "Ada.Lovelace+notes@mail.example.co.uk",
    "o'neil&sons@example.com",
    "ada@exämple.com",
    "用户@例子.中国",
    `${"a".repeat(64)}@example.com`,
  ])("%s is one", (email) => {
    expect(isEmail(email)).toBe(true);
  });

  it.each([
    "",
    "ada",
    "ada@",
    "@example.com",
    "ada@localhost",
    "ada@example..com",
    "ada@-example.com",
    "ada@127.0.0.1",
    "ada@[127.0.0.1]",
    "a da@example.com",
    "ada@example.com,eve@evil.test",
    "ada@example.com;eve@evil.test",
    "ada@evil.test@example.com",
    "<ada@example.com>",
    "Ada <ada@example.com>",
    '"ada"@example.com',
    "ada@example.com\r\nBcc: eve@evil.test",
    "ada\0@example.com",
    "ada\u202e@example.com",
    "ada\u200b@example.com",
    ".ada@example.com",
    "ada..l@example.com",
    `${"a".repeat(65)}@example.com`,
    `ada@${"a".repeat(250)}.com`,
    "ada@exa%6dple.com",
    "ada@example.com/x",
    "\ud800@example.com",
  ])("%j is none [ASVS 1.3.11]", (email) => {
    expect(isEmail(email)).toBe(false);
  });

  it("is the same whatever the case of its ASCII letters and however its domain is written, and nothing else is", () => {
    expect(emailKey("Ada@EXAMPLE.com")).toBe(emailKey("ada@example.com"));
    expect(emailKey("ada@exämple.com")).toBe(emailKey("ADA@xn--exmple-cua.com"));
    for (const other of [
      "\u212aevin@example.com",
      "kev\u0131n@example.com",
      "ｋevin@example.com",
      "kevin+x@example.com",
      "k.evin@example.com",
    ])
      expect(emailKey(other), other).not.toBe(emailKey("kevin@example.com"));
    expect(emailKey("x.yz")).not.toBe(emailKey("x.y@x.yz"));
  });

  it("that is allowed holds no white space, no control and no second address, and its key stays what it is", () => {
    const nearly = fc.tuple(fc.string({ unit: "binary", maxLength: 12 }), fc.domain()).map(([local, domain]) => `${local}@${domain}`);
    fc.assert(
      fc.property(fc.oneof(nearly, fc.emailAddress(), fc.string()), (email) => {
        if (isEmail(email)) expect(email).not.toMatch(/[\s\p{Cc}\p{Cf},;:<>()[\]"\\]/u);
        expect(emailKey(emailKey(email))).toBe(emailKey(email));
      }),
    );
  });
});

describe("an account", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("says which of its names belongs to somebody, and is found by its address whatever the case", async () => {
    const ada = { username: "Ada", email: "Ada@Example.com", passwordHash: "x" };
    expect(await createUser(app.s, ada)).toMatchObject({ ok: true, user: { username: "Ada", email: "Ada@Example.com" } });
    expect(await createUser(app.s, { ...ada, email: "other@example.com" })).toEqual({ ok: false, taken: ["username"] });
    expect(await createUser(app.s, { ...ada, username: "other" })).toEqual({ ok: false, taken: ["email"] });
    expect(await createUser(app.s, ada)).toEqual({ ok: false, taken: ["username", "email"] });
    expect(await findUserByEmail(app.s, "aDA@eXAMPLE.COM")).toMatchObject({ email: "Ada@Example.com" });
    expect(await findUserByEmail(app.s, "nobody@example.com")).toBeUndefined();
  });
});
