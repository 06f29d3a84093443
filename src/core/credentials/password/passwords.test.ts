import { createHmac, pbkdf2Sync, scryptSync } from "node:crypto";
import { hash } from "@node-rs/argon2";
import { dictionary } from "@zxcvbn-ts/language-common";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { createUser } from "../../../../test/transaction.ts";
import { findUserByEmail } from "../../users/users.ts";
import { checkPassword, hashPassword, hashScheme, passwordProblem } from "./passwords.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ SITE_NAME: "Acme", BASE_URL: "https://login.acme.example" }, { realHashes: true });
});
afterAll(() => app.close());

const kept = (password_hash: string) => ({ password_hash, password_locked_at: null, disabled_at: null });
const problem = (password: string, ...own: string[]) => passwordProblem(app.s, password, own);

describe("new password", () => {
  it("new password: has 8 to 1,024 characters, counted after NFC", { tags: ["asvs-6.2.1", "asvs-6.2.9"] }, async () => {
    expect(await problem("sevench")).toBe("too-short");
    expect(await problem("eightchr")).toBeUndefined();
    expect(await problem("ok ok ok ".repeat(8))).toBeUndefined();
    expect(await problem("日".repeat(7))).toBe("too-short");
    expect(await problem("日月火水木金土天")).toBeUndefined();
    // Seven letters with combining accents are seven characters in NFC.
    expect(await problem("e\u0301".repeat(7))).toBe("too-short");
    expect(await problem("🐙".repeat(1_024))).toBeUndefined();
    expect(await problem("🐙".repeat(1_025))).toBe("too-long");
    expect(await problem("nine char".padEnd(1_024, "?"))).toBeUndefined();
    expect(await problem("nine char".padEnd(1_025, "?"))).toBe("too-long");
    // This emoji has seven code points: four people and three joiners.
    expect(await problem("👨‍👩‍👧‍👦")).toBe("too-short");
    expect(await problem("👨‍👩‍👧‍👦👨‍👩‍👧‍👦")).toBeUndefined();
    expect(await problem("e\u0301".repeat(1_024))).toBeUndefined();
    expect(await problem("a".repeat(10_000_000))).toBe("too-long");
    expect(await problem("")).toBe("too-short");
  });

  it("new password: needs PASSWORD_MIN_LENGTH characters", async () => {
    const s = { ...app.s, settings: { ...app.s.settings, passwordMinLength: 15 } };
    expect(await passwordProblem(s, "fourteen chars", [])).toBe("too-short");
    expect(await passwordProblem(s, "fifteen chars !", [])).toBeUndefined();
  });

  it("new password: needs an uppercase letter and a digit of any alphabet only with PASSWORD_RULES=upper-and-digit", {
    tags: ["asvs-6.2.5"],
  }, async () => {
    const s = { ...app.s, settings: { ...app.s.settings, passwordRules: "upper-and-digit" as const } };
    for (const password of ["seven small boats", "Seven small boats", "7 small boats", "ÉÉÉ small boats"])
      expect(await passwordProblem(s, password, []), password).toBe("needs-upper-and-digit");
    for (const password of ["7 Small boats", "Ямщик, 7 лошадей", "٧ small Boats"])
      expect(await passwordProblem(s, password, []), password).toBeUndefined();
    expect(await passwordProblem(s, "Password1", [])).toBe("common");
    expect(await problem("seven small boats")).toBeUndefined();
  });

  it.each(["just small letters", "84726194635", "ALL CAPITALS HERE", "🐙🐠🐡🦑🦐🦀🐚🪸", "        spaces  "])(
    "new password: may consist of any characters: %s",
    { tags: ["asvs-6.2.5"] },
    async (password) => {
      expect(await problem(password)).toBeUndefined();
    },
  );

  it("new password: each of the 3,000 most common ones is rejected, in any case", { tags: ["asvs-6.2.4"] }, async () => {
    const common = (dictionary["passwords-common"] as string[]).filter((password) => [...password].length >= 8).slice(0, 3_000);
    expect(common.length).toBe(3_000);
    for (const password of common) expect(await problem(password), password).toBe("common");
    expect(await problem("PassWord1")).toBe("common");
  });

  it.each([
    "acme2026!",
    "ACME-acme",
    "ACMEacme-!",
    "4cm3!!!!",
    "emca1234",
    "login.acme.example",
    "ada.lovelace",
    "adalovelace",
    "Lovelace1815",
    "l0v3l4c3",
  ])(
    "new password: a form of the site's name, the username or the email is rejected: %s",
    { tags: ["asvs-6.1.2", "asvs-6.2.11"] },
    async (password) => {
      expect(await problem(password, "ada_l", "ada.lovelace@example.com")).toBe("context-words");
    },
  );

  it("new password: may contain such a word among others", async () => {
    expect(await problem("acme makes anvils", "ada", "ada@example.com")).toBeUndefined();
    expect(await problem("ada writes programs", "ada", "ada@example.com")).toBeUndefined();
    expect(await problem("93!a71-d8&a26", "ada", "ada@example.com")).toBeUndefined();
    expect(await problem("83749202847com", "ada", "ada@x.com")).toBeUndefined();
  });

  it("new password: a lone surrogate is rejected", async () => {
    for (const half of ["half a pair \ud83d", "\udc19 half a pair", "half \ud83d\ud83d\udc19 pairs"])
      expect(await problem(half)).toBe("not-text");
  });
});

describe("password check", () => {
  beforeEach(() => app.resetRecords());

  it("password hash: is Argon2id with OWASP's parameters and a new salt each time", { tags: ["asvs-11.4.2"] }, async () => {
    const [first, second] = [await hashPassword(app.s, "the same words", {}), await hashPassword(app.s, "the same words", {})];
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
    expect(hashScheme(app.s, first)).toBeNull();
  });

  it.each([
    ["a space at the end", "long words here", "long words here "],
    ["another case", "long words here", "Long words here"],
    ["its end after 72 bytes", `${"x".repeat(72)}y`, `${"x".repeat(72)}z`],
    ["a NUL", "long words\0here", "long words"],
  ])("password check: a password that differs by %s is wrong", { tags: ["asvs-6.2.8"] }, async (_, right, wrong) => {
    const account = kept(await hashPassword(app.s, right, {}));
    expect(await checkPassword(app.s, account, right, {})).toEqual({ ok: true, upgraded: undefined });
    expect(await checkPassword(app.s, account, wrong, {})).toEqual({ ok: false });
  });

  it("password check: composed and decomposed accents are equal", async () => {
    const account = kept(await hashPassword(app.s, "cafe\u0301 au lait", {}));
    expect(await checkPassword(app.s, account, "caf\u00e9 au lait", {})).toMatchObject({ ok: true });
    const composed = kept(await hashPassword(app.s, "caf\u00e9 au lait", {}));
    expect(await checkPassword(app.s, composed, "cafe\u0301 au lait", {})).toMatchObject({ ok: true });
    // NFC folds no look-alikes.
    expect(await checkPassword(app.s, composed, "ｃafé au lait", {})).toEqual({ ok: false });
  });

  it("password check: a lone surrogate never matches", { tags: ["asvs-6.2.8"] }, async () => {
    const account = kept(await hashPassword(app.s, "half a pair \ufffd", {}));
    expect(await checkPassword(app.s, account, "half a pair \ufffd", {})).toMatchObject({ ok: true });
    expect(await checkPassword(app.s, account, "half a pair \ud83d", {})).toEqual({ ok: false });
  });

  it("password check: a foreign hash matches exactly as typed, and after the upgrade with any composition of accents", async () => {
    const typed = "cafe\u0301 au lait";
    const foreign = `sha256$salt$${createHmac("sha256", "salt").update(typed).digest("hex")}`;
    const check = await checkPassword(app.s, kept(foreign), typed, {});
    if (!check.ok || !check.upgraded) throw new Error("It was not upgraded.");
    expect(await checkPassword(app.s, kept(check.upgraded), "caf\u00e9 au lait", {})).toEqual({ ok: true, upgraded: undefined });
  });

  it("password check: a locked password fails at the same cost as an unknown account", { tags: ["asvs-6.3.8"] }, async () => {
    const account = kept(await hashPassword(app.s, "long words here", {}));
    expect(await checkPassword(app.s, { ...account, password_locked_at: 1, disabled_at: null }, "long words here", {})).toEqual({
      ok: false,
    });
    app.resetRecords();
    await checkPassword(app.s, undefined, "long words here", {});
    const ofUnknownAccount = [...app.hashes];
    app.resetRecords();
    await checkPassword(app.s, { ...account, password_locked_at: 1, disabled_at: null }, "long words here", {});
    expect(app.hashes).toEqual(ofUnknownAccount);
  });

  it("password: does not expire within 400 days", { tags: ["asvs-6.2.10"] }, async () => {
    const ada = app.person({ username: "patient" }, { origin: "https://login.acme.example" });
    await ada.signsUp();
    app.passes(400 * 24 * 3_600_000);
    expect((await ada.logsIn()).location).toBe("/dashboard");
  });

  it("password check: a hash of another cost or scheme is upgraded", async () => {
    const old = await hash("from before", { algorithm: 2, memoryCost: 4_096, timeCost: 3, parallelism: 1 });
    expect(await checkPassword(app.s, kept(old), "from before", {})).toEqual({
      ok: true,
      upgraded: expect.stringMatching(/m=19456,t=2,p=1/),
    });
    expect(hashScheme(app.s, old)).toBe("argon2id:4096:3:1");
    for (const [algorithm, name] of [
      [0, "argon2d"],
      [1, "argon2i"],
    ] as const) {
      const other = await hash("from before", { algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
      expect(await checkPassword(app.s, kept(other), "from before", {})).toMatchObject({ ok: true, upgraded: expect.any(String) });
      expect(hashScheme(app.s, other)).toBe(`${name}:19456:2:1`);
    }
    const foreign = `pbkdf2:sha256:1000$salt$${pbkdf2Sync("from before", "salt", 1_000, 32, "sha256").toString("hex")}`;
    expect(await checkPassword(app.s, kept(foreign), "from before", {})).toMatchObject({ ok: true, upgraded: expect.any(String) });
  });

  it("password check: an unknown account, a wrong password and a foreign hash cost the same", { tags: ["asvs-6.3.8"] }, async () => {
    const hashes: Record<string, string> = {
      ours: await hashPassword(app.s, "right right", {}),
      scrypt: `scrypt:1024:8:1$salt$${scryptSync("right right", "salt", 64, { N: 1_024 }).toString("hex")}`,
      few: `pbkdf2:sha256:2000$salt$${"00".repeat(32)}`,
      many: `pbkdf2:sha256:5000$salt$${"00".repeat(32)}`,
      md5: `md5$$${"00".repeat(16)}`,
      unusable: "plain$$right right",
    };
    for (const [name, passwordHash] of Object.entries(hashes))
      await createUser(app.s, { username: name, email: `${name}@example.com`, passwordHash });
    for (const name of ["nobody", ...Object.keys(hashes)]) {
      const user = await findUserByEmail(app.s, `${name}@example.com`);
      app.resetRecords();
      expect(await checkPassword(app.s, user, "wrong wrong", {}), name).toEqual({ ok: false });
      const iterations = app.hashes.map((scheme) => Number(/^pbkdf2:sha256:(\d+)$/.exec(scheme)?.[1] ?? 0)).reduce((a, b) => a + b);
      const others = app.hashes.filter((scheme) => !/^(?:pbkdf2|digest)/.test(scheme)).sort((a, b) => a.localeCompare(b));
      expect([iterations, others], name).toEqual([5_000, ["argon2id:19456:2:1", "scrypt:1024:8:1"]]);
    }
  });

  it.each(["", "$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$2b$12$abcdefghijklmnopqrstuu", "nonsense"])(
    "password check: an unusable hash matches no password and causes no error: %j",
    async (stored) => {
      expect(await checkPassword(app.s, kept(stored), "anything at all", {})).toEqual({ ok: false });
    },
  );
});
