// Runs on one engine: what it tests does not touch the database.
import { createHash, createHmac, pbkdf2Sync, scryptSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWerkzeugHash } from "./werkzeug.ts";

/** Made by Werkzeug's own releases, from 0.8 to 3.1. */
const vectors: [string, string][] = [
  [
    "correct horse",
    "scrypt:32768:8:1$aB3dE5gH7jK9mN1p$4dc585c9546d15b5ee9f485ecde45f7a754ab88b24939d0a88cb9a2fed7b6d22cc770925b35f5920038f9e7d602e14a314ffc687b600941328d9fa8792401999",
  ],
  ["correct horse", "pbkdf2:sha256:260000$aB3dE5gH7jK9mN1p$1c2c7d2adc03dd57f6494c9836d8e18e98ea9d2ea760b0262cbf7523e87670aa"],
  ["correct horse", "pbkdf2:sha1:1000$aB3dE5gH7jK9mN1p$c67e7d0775806cb52eee436b5212ea6ce3b0c149"],
  ["correct horse", "sha1$abcd1234$db370b1d3c9e5d8dda8f46d2a1dcba3990612931"],
  ["correct horse", "md5$$3cb4e732631f47e6eb961f34554b7cde"],
  [
    "pässwörd ☃",
    "scrypt:32768:8:1$qGhy20cUE2j1Etpi$ac8decf45a0238ed4f9900ddcaf6e9ba84494fb8ecd8d1c0b45425f39a135d4c18fd033a936c2fcac41970170db982da3f22ad4355ef13b5ea8e6593d2f90c55",
  ],
];
const digits = "00".repeat(64);

describe("a hash from Werkzeug", () => {
  it.each(vectors)("fits the password that it was made of, and no other: %s", async (password, stored) => {
    const read = readWerkzeugHash(stored);
    expect(await read?.verify(password)).toBe(true);
    expect(await read?.verify(`${password} `)).toBe(false);
    expect(await readWerkzeugHash(stored.replace(/[0-9a-f]+$/, (hex) => hex.toUpperCase()))?.verify(password)).toBe(true);
  });

  it.each([
    ["nothing at all", ""],
    ["one part", "scrypt"],
    ["two parts", "scrypt:32768:8:1$salt"],
    ["parameters that are no numbers", "pbkdf2:sha256:abc$salt$00"],
    ["too few parameters", `scrypt:1:2$salt$${digits}`],
    ["parameters of nought", `scrypt:0:8:1$salt$${digits}`],
    ["a cost that is no power of two", `scrypt:1000:8:1$salt$${digits}`],
    ["a digest that was cut off by its column", `scrypt:32768:8:1$salt$${digits.slice(0, 90)}`],
    ["a digest that nobody knows", "pbkdf2:whirlpool:1000$salt$00"],
    ["the name of something else", "constructor$salt$00"],
    ["plain text", "plain$$correct horse"],
    ["more memory than we give", `scrypt:1048576:8:1$salt$${digits}`],
    ["more rounds than we give", `pbkdf2:sha256:99999999$salt$${"00".repeat(32)}`],
    ["more blocks than we give", `scrypt:32768:17:1$salt$${digits}`],
    ["more lanes than we give", `scrypt:32768:8:11$salt$${digits}`],
    ["a number beyond all numbers", `scrypt:${"9".repeat(400)}:8:1$salt$${digits}`],
    ["a negative number", `scrypt:-2:8:1$salt$${digits}`],
    ["a number in another notation", `pbkdf2:sha256:0x10$salt$${"00".repeat(32)}`],
    ["one parameter too many", `scrypt:2:1:1:1$salt$${digits}`],
    ["a digest with parameters", `md5:1$salt$${"00".repeat(16)}`],
    ["no digest", "pbkdf2:sha256:1000$salt$"],
    ["half a byte short", `pbkdf2:sha256:1000$salt$${"00".repeat(31)}0`],
    ["no hexadecimal number", `sha1$salt$${"0g".repeat(20)}`],
    ["a line with an end", `sha1$salt$${"00".repeat(20)}\n`],
    ["of another family", "$2b$12$5a.4uq5ZVWzYLYpI8dDZXeOxQHKFUXSLhTeebXMCBVI/cbGoC8nIy"],
    ["of our own family", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"],
    ["a hash with a dollar sign", `sha1$salt$more$${"00".repeat(20)}`],
  ])("is unusable, and never an error, where it is %s", { tags: ["asvs-15.1.3"] }, (_, stored) => {
    expect(readWerkzeugHash(stored)).toBeUndefined();
  });

  it("is unusable wherever a column cut it off", { tags: ["asvs-15.1.3"] }, () => {
    for (const [, stored] of vectors) {
      for (let length = 0; length < stored.length; length++) expect(readWerkzeugHash(stored.slice(0, length)), `${length}`).toBeUndefined();
    }
  });

  it("is read from any text at all without an error, and then verifies without one", async () => {
    const digest = fc.constantFrom("md5", "sha1", "sha256", "sha512", "whirlpool", "constructor", "__proto__", "plain", "");
    const number = fc.constantFrom("0", "1", "2", "3", "16", "-1", "01", "1e3", "", "x");
    const method = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      digest,
      fc.tuple(number, number, number).map((numbers) => `scrypt:${numbers.join(":")}`),
      fc.tuple(digest, number).map((parameters) => `pbkdf2:${parameters.join(":")}`),
    );
    const hex = fc.constantFrom(16, 20, 28, 32, 48, 64, 63).map((bytes) => "a5".repeat(bytes));
    const salt = fc.string({ unit: "binary", maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(method, salt, fc.oneof(hex, salt), salt, async (...[how, salted, end, password]) => {
        for (const text of [how, [how, salted].join("$"), [how, salted, end].join("$")])
          expect((await readWerkzeugHash(text)?.verify(password)) ?? false).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("is read as it was written, for any password and any salt without a dollar sign", async () => {
    const password = fc.string({ unit: "grapheme", maxLength: 40 });
    const salt = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,22}$/),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }).filter((text) => !text.includes("$")),
    );
    const kind = fc.constantFrom("scrypt", "pbkdf2", ...digestNames, ...digestNames.map((name) => `${name} alone`));
    await fc.assert(
      fc.asyncProperty(password, salt, kind, async (typed, chosen, how) => {
        expect(await readWerkzeugHash(written(typed, chosen, how))?.verify(typed)).toBe(true);
        expect(await readWerkzeugHash(written(typed, chosen, how))?.verify(`${typed}x`)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it("takes the password as it was typed, for Werkzeug changes nothing about it", async () => {
    const [composed, decomposed] = ["café au lait", "cafe\u0301 au lait"];
    for (const how of ["scrypt", "pbkdf2", "sha256"]) {
      expect(await readWerkzeugHash(written(decomposed, "salt", how))?.verify(decomposed)).toBe(true);
      expect(await readWerkzeugHash(written(decomposed, "salt", how))?.verify(composed)).toBe(false);
      expect(await readWerkzeugHash(written("", "salt", how))?.verify("")).toBe(true);
      expect(await readWerkzeugHash(written("a\0b", "salt", how))?.verify("a")).toBe(false);
    }
  });

  it("says what it costs, where that is anything", () => {
    const schemes = vectors.map(([, stored]) => readWerkzeugHash(stored)?.scheme);
    expect(schemes).toEqual(["scrypt:32768:8:1", "pbkdf2:sha256:260000", "pbkdf2:sha1:1000", undefined, undefined, "scrypt:32768:8:1"]);
    expect(readWerkzeugHash(`scrypt$salt$${digits}`)?.scheme).toBe("scrypt:32768:8:1");
    expect(readWerkzeugHash(`pbkdf2:sha512$salt$${digits}`)?.scheme).toBe("pbkdf2:sha512:1000000");
    expect(readWerkzeugHash(`pbkdf2$salt$${digits.slice(0, 64)}`)?.scheme).toBe("pbkdf2:sha256:1000000");
  });
});

const digestNames = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

/** As Werkzeug writes it, made by other means. */
function written(password: string, salt: string, how: string): string {
  if (how === "scrypt") return `scrypt:16:2:3$${salt}$${scryptSync(password, salt, 64, { N: 16, r: 2, p: 3 }).toString("hex")}`;
  if (how === "pbkdf2") return `pbkdf2:sha512:3$${salt}$${pbkdf2Sync(password, salt, 3, 64, "sha512").toString("hex")}`;
  const [name = "", isAlone] = how.split(" ");
  if (isAlone) return `${name}$$${createHash(name).update(password).digest("hex")}`;
  return `${name}$${salt}$${createHmac(name, salt).update(password).digest("hex")}`;
}
