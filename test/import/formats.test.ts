/** Tests imports from Django, Flask-Security, better-auth and Devise. */
// Runs on one engine: it tests hashes of other apps.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { hash as argon2 } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { describe, expect, it } from "vitest";
import { canLogIn, importReport, knownPassword, openTargetPerTest, rows, serverOutput, sourceDatabase } from "./import-target.ts";

openTargetPerTest();

describe("import formats", () => {
  it("import django: hashes are imported", async () => {
    const md5 = createHash("md5").update(`salt${knownPassword}`).digest("hex");
    const forms = [
      "pbkdf2_sha256$1000000$eIOPNTxn6gdVpJBym78nKr$ts/jT0jQK9kcoNZI/w1fjJeJINIKM2Gceg7LYGtW/2w=",
      "scrypt$16384$xP5Rl2JmizvTjfCBDEnz25$8$5$E2S8lBP5buosnYXR7UIpg2ktHRh9dTfG5yaFYh1wxSkm2dLybkqVDxnPag/meD7gGE9nb5ngd5U9Vw6mX0rQQg==",
      "argon2$argon2id$v=19$m=102400,t=2,p=8$eklDUm1xR2dqcUlrT3JtZkFXSTl0bw$GbHVuktH1cW+a7FQWOvx+G9NFqsE91xPeCKQ+qT2iTI",
      "bcrypt_sha256$$2b$12$.f3SKmQPqv0XB3djfMZcD.40.RWLZcapNSLm62pbC2lh8Df579x7m",
      "bcrypt$$2b$12$5a.4uq5ZVWzYLYpI8dDZXeOxQHKFUXSLhTeebXMCBVI/cbGoC8nIy",
      `md5$salt$${md5}`,
      createHash("md5").update(knownPassword).digest("hex"),
    ];
    const url = sourceDatabase("django", {
      auth_user: forms.map((password, i) => ({ id: i, username: `person${i}`, email: `person${i}@example.com`, password, is_active: 1 })),
    });
    expect(await importReport("flask", url, ["--format", "django"])).toMatchObject({ imported: forms.length, troubles: {} });
    for (const i of forms.keys()) expect(await canLogIn(`person${i}@example.com`, knownPassword), forms[i]).toBe(true);
  });

  it("import flask-security: hashes with HMAC and pepper are imported", async () => {
    const pepper = "146585145368132386173505678016728509634";
    const peppered = createHmac("sha512", pepper).update(knownPassword).digest("base64");
    const ab64 = (bytes: Buffer) => bytes.toString("base64").replaceAll("+", ".").replaceAll("=", "");
    const salt = Buffer.from("0011223344556677fafbfcfd", "hex");
    const forms = [
      await argon2(peppered, { memoryCost: 8_192, timeCost: 1, parallelism: 1 }),
      // Parameters of native hashes, but with the HMAC: must not be taken for native.
      await argon2(peppered, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
      await bcrypt(Buffer.from(peppered).subarray(0, 72), 5),
      `$pbkdf2-sha512$25000$${ab64(salt)}$${ab64(pbkdf2Sync(peppered, salt, 25_000, 64, "sha512"))}`,
      `$pbkdf2-sha256$120000$${ab64(salt)}$${ab64(pbkdf2Sync(peppered, salt, 120_000, 32, "sha256"))}`,
    ];
    const url = sourceDatabase("security", {
      user: [
        ...forms.map((password, i) => ({
          id: i,
          username: `person${i}`,
          email: `person${i}@example.com`,
          password,
          active: 1,
          confirmed_at: null,
        })),
        { id: 9, username: "crypt", email: "crypt@example.com", password: "$6$rounds=5000$salt$abc", active: 1, confirmed_at: null },
      ],
    });
    const env = { IMPORTED_PEPPER: pepper };
    expect(await importReport("flask", url, ["--format", "flask-security"], env)).toMatchObject({
      imported: 6,
      troubles: { "password-not-understood": { count: 1, ids: ["9"] } },
    });
    for (const i of forms.keys()) expect(await canLogIn(`person${i}@example.com`, knownPassword, env), forms[i]).toBe(true);
    expect(serverOutput()).not.toContain(pepper);
    // The first login upgrades each hash, after which the pepper is not needed.
    expect(await rows("passwords")).toHaveLength(forms.length);
    for (const password of await rows("passwords")) expect(password["hash"]).toMatch(/^\$argon2id\$/);
  });
});

describe("import better-auth and devise", () => {
  it("import better-auth: passwords are imported, accounts without one need a reset", async () => {
    const hash =
      "00112233445566778899aabbccddeeff:13af89ff6a88bb0fb3277e79ba724c6c0731b15919ca892969d63abd1534b867d110179e3bc8af39995ede0f9b2ac14b2b97573df10ba3802c498dbeb61e4f64";
    const url = sourceDatabase("better", {
      user: [
        { id: "u1", name: "Ada Lovelace", email: "ada@example.com", emailVerified: 1, createdAt: 1_700_000_000_000 },
        { id: "u2", name: "Bob", email: "bob@example.com", emailVerified: 0, createdAt: 1_700_000_000_000 },
      ],
      account: [
        { id: "a1", userId: "u1", providerId: "credential", password: hash },
        // The value of another provider is not a password.
        { id: "a2", userId: "u2", providerId: "github", password: hash },
      ],
    });
    expect(await importReport("better-auth", url)).toMatchObject({
      imported: 2,
      troubles: { "password-missing": { count: 1, ids: ["u2"] } },
    });
    expect(await canLogIn("ada@example.com", knownPassword)).toBe(true);
    expect(await canLogIn("bob@example.com", knownPassword)).toBe(false);
    expect((await rows("users")).find((user) => user["email"] === "ada@example.com")).toMatchObject({
      display_name: "Ada Lovelace",
      created_at: 1_700_000_000_000,
    });
  });

  it("import devise: bcrypt is imported with and without pepper", async () => {
    const url = sourceDatabase("devise", {
      users: [
        {
          id: 1,
          email: "ada@example.com",
          encrypted_password: await bcrypt(`${knownPassword}the pepper`, 5),
          confirmed_at: "2020-01-01 00:00:00",
        },
      ],
    });
    const env = { IMPORTED_PEPPER: "the pepper" };
    expect(await importReport("devise", url, [], env)).toMatchObject({ imported: 1, hashes: { bcrypt: 1 } });
    expect(await canLogIn("ada@example.com", knownPassword, env)).toBe(true);
  });
});
