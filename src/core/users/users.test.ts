import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { createUser } from "../../../test/transaction.ts";
import { hasInvisible } from "../../platform/typed-text.ts";
import { emailKey } from "../mail/email-key.ts";
import { findUserByEmail, findUserById, findUserByName, isEmail, toUser, usernameKey, usernameProblem } from "./users.ts";

describe("username", () => {
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
    ["ada\u200bx", "invisible"],
    ["ada\u00adx", "invisible"],
    ["\u202eada", "invisible"],
    ["ada\0x", "characters"],
    ["<b>ada", "characters"],
    ["ada@x", "characters"],
    ["\u0301ada", "characters"],
    ["pаypal", "mixed-scripts"],
    ["аdmin", "mixed-scripts"],
    ["𝐚𝐝𝐦𝐢𝐧", "mixed-scripts"],
  ])("username %j: the problem is %s", { tags: ["asvs-2.2.1"] }, (username, problem) => {
    expect(usernameProblem(username)).toBe(problem);
  });

  it.each([
    ["ADA", "ada"],
    ["ａｄａ", "ada"],
    ["ﬁona", "fiona"],
    ["\u212aelvin", "kelvin"],
    ["STRASSE", "straße"],
    ["GROẞ", "groß"],
    ["ΟΔΟΣ", "οδος"],
    ["mıke", "mike"],
    ["jose\u0301", "josé"],
  ])("username: %j has the same key as %j", (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other));
  });

  it("username: the key of a key is itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (name) => {
        const key = usernameKey(name);
        expect(usernameKey(key)).toBe(key);
        usernameProblem(name);
      }),
    );
  });

  it("is judged, and has a key, for any text at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 40 }), (name) => {
        expect(typeof usernameKey(name)).toBe("string");
        const problem = usernameProblem(name);
        if (problem === undefined) expect(name).not.toMatch(/[\s\p{Cc}\p{Cf}\p{Cs}\p{Co}<>"'&@/\\]/u);
      }),
      { numRuns: 500 },
    );
  });

  it("username: all Unicode forms of a valid one have the same key", () => {
    const letters = fc.stringMatching(/^[a-zà-öø-ÿāăąćĉ]{3,20}$/);
    fc.assert(
      fc.property(letters, fc.constantFrom("NFC", "NFD", "NFKC", "NFKD"), (name, form) => {
        expect(usernameProblem(name.normalize(form))).toBeUndefined();
        expect(usernameKey(name.normalize(form))).toBe(usernameKey(name));
      }),
    );
  });

  it.each([
    "ada\u200dx",
    "ada\ufeffx",
    "ada\u2066x",
    "ada\u115fx",
    "ada\u3164x",
    "ada x",
    "ada\tx",
    "ada\nx",
    "ada/x",
    "ada:x",
    "ada'x",
    "🐙🐙🐙",
    "ａｄａ＠x",
  ])("username: %j is rejected", (username) => {
    expect(usernameProblem(username)).toBe(hasInvisible(username) ? "invisible" : "characters");
  });

  it("username: a valid one has the same key in upper case", () => {
    const letters = fc.stringMatching(/^[a-zA-Zà-öø-ÿ0-9._-]{3,20}$/);
    fc.assert(
      fc.property(letters, (name) => {
        expect(usernameKey(name.toUpperCase())).toBe(usernameKey(name));
      }),
    );
  });
});

describe("email", () => {
  it.each([
    "ada@example.com",
    "a@b.co",
    "Ada.Lovelace+notes@mail.example.co.uk",
    "o'neil&sons@example.com",
    "ada@exämple.com",
    "用户@例子.中国",
    `${"a".repeat(64)}@example.com`,
  ])("email %s: is valid", (email) => {
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
  ])("email %j: is invalid", { tags: ["asvs-1.3.11"] }, (email) => {
    expect(isEmail(email)).toBe(false);
  });

  it("email key: ignores the case of ASCII letters and the form of the domain, and nothing else", () => {
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

  it("email key: is equal in any case of a domain, and differs for another local part", () => {
    const local = fc.stringMatching(/^[a-z0-9+_-]{1,20}$/);
    fc.assert(
      fc.property(local, fc.domain(), fc.infiniteStream(fc.boolean()), (name, domain, flips) => {
        const email = `${name}@${domain}`;
        const shouted = [...email].map((letter) => (flips.next().value ? letter.toUpperCase() : letter)).join("");
        expect(emailKey(shouted)).toBe(emailKey(email));
        expect(emailKey(`${name}x@${domain}`)).not.toBe(emailKey(email));
      }),
    );
  });

  it("is judged, and has a key, for any text at all", () => {
    const unit = fc.oneof(
      fc.constantFrom("@", ".", "-", "a", "xn--", "。", "%"),
      fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (email) => {
        expect(typeof emailKey(email)).toBe("string");
        if (isEmail(email)) expect(isEmail(emailKey(email)), email).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("email: a valid one contains no white space, control character or second email, and the key of its key is itself", () => {
    const nearly = fc.tuple(fc.string({ unit: "binary", maxLength: 12 }), fc.domain()).map(([local, domain]) => `${local}@${domain}`);
    fc.assert(
      fc.property(fc.oneof(nearly, fc.emailAddress(), fc.string()), (email) => {
        if (isEmail(email)) expect(email).not.toMatch(/[\s\p{Cc}\p{Cf},;:<>()[\]"\\]/u);
        expect(emailKey(emailKey(email))).toBe(emailKey(email));
      }),
    );
  });
});

describe("account", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("create account: returns which of username and email are taken, and the email is found in any case", async () => {
    const ada = { username: "Ada", email: "Ada@Example.com", passwordHash: "x" };
    expect(await createUser(app.s, ada)).toMatchObject({ ok: true, user: { username: "Ada", email: "Ada@Example.com" } });
    expect(await createUser(app.s, { ...ada, email: "other@example.com" })).toEqual({ ok: false, taken: ["username"] });
    expect(await createUser(app.s, { ...ada, username: "other" })).toEqual({ ok: false, taken: ["email"] });
    expect(await createUser(app.s, ada)).toEqual({ ok: false, taken: ["username", "email"] });
    expect(await findUserByEmail(app.s, "aDA@eXAMPLE.COM")).toMatchObject({ email: "Ada@Example.com" });
    expect(await findUserByEmail(app.s, "nobody@example.com")).toBeUndefined();
  });

  it("create account: equal keys are taken, and other characters are another user", async () => {
    const make = (username: string, email: string) => createUser(app.s, { username, email, passwordHash: "x" });
    expect(await make("Kelvin", "kevin@exämple.com")).toMatchObject({ ok: true });
    expect(await make("\u212aELVIN", "another@example.com")).toEqual({ ok: false, taken: ["username"] });
    expect(await make("ｋelvin", "another@example.com")).toEqual({ ok: false, taken: ["username"] });
    expect(await make("another", "KEVIN@xn--exmple-cua.com")).toEqual({ ok: false, taken: ["email"] });
    expect(await make("somebody", "\u212aevin@exämple.com")).toMatchObject({ ok: true });
    expect((await findUserByEmail(app.s, "kevin@EXÄMPLE.com"))?.username).toBe("Kelvin");
    expect(await findUserByEmail(app.s, "kev\u0131n@exämple.com")).toBeUndefined();
    const kelvin = await findUserByName(app.s, "\u212aELVIN");
    expect(kelvin?.username).toBe("Kelvin");
    expect(await findUserById(app.s, kelvin?.id ?? "")).toEqual(kelvin);
    expect([await findUserByName(app.s, "nobody"), await findUserById(app.s, "nobody")]).toEqual([undefined, undefined]);
  });

  it("create account: stores the username in NFC and the email as typed", async () => {
    const created = await createUser(app.s, { username: "Rene\u0301e", email: "Rene\u0301e@Exämple.COM", passwordHash: "x" });
    expect(created).toMatchObject({ ok: true, user: { username: "Ren\u00e9e", email: "Rene\u0301e@Exämple.COM" } });
  });

  it("account: the ID is a UUID version 7, and the user contains no hash", { tags: ["asvs-15.3.1"] }, async () => {
    const created = await createUser(app.s, { username: "numbered", email: "numbered@example.com", passwordHash: "canary" });
    if (!created.ok) throw new Error("It was taken.");
    const shown = toUser(created.user);
    expect(shown.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(JSON.stringify(shown)).not.toMatch(/canary|hash|key/i);
  });

  it("create account: a database error is thrown, and not reported as taken", async () => {
    const nameless = { username: "nameless", email: "nameless@example.com", passwordHash: null as unknown as string };
    await expect(createUser(app.s, nameless)).rejects.toThrow();
  });
});
