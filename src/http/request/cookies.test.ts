// Runs on one engine: what it tests does not touch the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyringName, type Purpose } from "../../core/key-purposes.ts";
import { createKeyring } from "../../platform/crypto/keyring.ts";
import { seal, unseal } from "./cookies.ts";

const keyring = createKeyring(["the first key is long enough to sign", "the second key is long enough too"], keyringName);

describe("a signed cookie", () => {
  it("gives back what was put into it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(unseal(keyring, "flash", seal(keyring, "flash", text))).toBe(text);
      }),
    );
  });

  it("is made of characters that a cookie may hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(seal(keyring, "flash", text)).toMatch(/^[\w-]*\.[\w-]{43}$/);
      }),
    );
  });

  it("is worth nothing when any character of it differs", { tags: ["asvs-9.1.1"] }, () => {
    const flip = fc.tuple(fc.string({ minLength: 1 }), fc.nat(), fc.constantFrom(..."ABCxyz019-_.=% "));
    fc.assert(
      fc.property(flip, ([text, where, character]) => {
        const sealed = seal(keyring, "flash", text);
        const at = where % sealed.length;
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        if (changed !== sealed) expect(unseal(keyring, "flash", changed)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("is worth nothing with any bit of it turned", { tags: ["asvs-9.1.1"] }, () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 12 }), (text) => {
        const bytes = Buffer.from(seal(keyring, "flash", text));
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const turned = Buffer.from(bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))).toString("latin1");
          expect(unseal(keyring, "flash", turned), turned).toBeUndefined();
        }
      }),
      { numRuns: 20 },
    );
  });

  it("is worth nothing cut off, lengthened, or put together from two", { tags: ["asvs-9.1.1"] }, () => {
    const [one, other] = [seal(keyring, "flash", "one"), seal(keyring, "flash", "other")];
    for (let length = 0; length < one.length; length++) expect(unseal(keyring, "flash", one.slice(0, length))).toBeUndefined();
    for (const end of ["A", "=", ".", " ", "\0"]) expect(unseal(keyring, "flash", one + end)).toBeUndefined();
    expect(unseal(keyring, "flash", `${one.split(".")[0]}.${other.split(".")[1]}`)).toBeUndefined();
    expect(unseal(keyring, "flash", `.${one.split(".")[1]}`)).toBeUndefined();
  });

  it("is read from any text at all without an error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (body, signature) => {
        for (const text of [body, `${body}.${signature}`, `${body}.${signature}.`]) expect(unseal(keyring, "flash", text)).toBeUndefined();
      }),
    );
  });

  it("is good for one purpose only", { tags: ["asvs-9.2.2"] }, () => {
    const purposes: Purpose[] = ["csrf", "flash", "device", "budget", "link", "verification"];
    for (const purpose of purposes) {
      const sealed = seal(keyring, purpose, "text");
      expect(purposes.filter((other) => unseal(keyring, other, sealed) === "text")).toEqual([purpose]);
    }
  });

  it("outlives a change of keys as long as its key is still listed, and no longer", { tags: ["asvs-11.2.2"] }, () => {
    const old = createKeyring(["the second key is long enough too"], keyringName);
    const next = createKeyring(["a third key, which is as long as the others"], keyringName);
    expect(unseal(keyring, "flash", seal(old, "flash", "text"))).toBe("text");
    expect(unseal(old, "flash", seal(keyring, "flash", "text"))).toBeUndefined();
    expect(unseal(next, "flash", seal(keyring, "flash", "text"))).toBeUndefined();
  });

  it.each([undefined, "", ".", "a", "a.b.c", "a.", ".a", "💥"])("is nothing at all as %j", (sealed) => {
    expect(unseal(keyring, "flash", sealed)).toBeUndefined();
  });
});
