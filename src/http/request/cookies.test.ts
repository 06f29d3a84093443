// Runs on one engine: it is independent of the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyringName, type Purpose } from "../../core/key-purposes.ts";
import { createKeyring } from "../../platform/crypto/keyring.ts";
import { seal, unseal } from "./cookies.ts";

const keyring = createKeyring(["the first key is long enough to sign", "the second key is long enough too"], keyringName);

describe("signed cookie", () => {
  it("signed cookie: any text round-trips", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(unseal(keyring, "flash", seal(keyring, "flash", text))).toBe(text);
      }),
    );
  });

  it("signed cookie: contains only characters that are valid in a cookie", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(seal(keyring, "flash", text)).toMatch(/^[\w-]*\.[\w-]{43}$/);
      }),
    );
  });

  it("signed cookie: a changed character invalidates it", { tags: ["asvs-9.1.1"] }, () => {
    const change = fc.tuple(fc.string({ minLength: 1 }), fc.nat(), fc.constantFrom(..."ABCxyz019-_.=% "));
    fc.assert(
      fc.property(change, ([text, offset, character]) => {
        const sealed = seal(keyring, "flash", text);
        const at = offset % sealed.length;
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        if (changed !== sealed) expect(unseal(keyring, "flash", changed)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("signed cookie: a flipped bit invalidates it", { tags: ["asvs-9.1.1"] }, () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 12 }), (text) => {
        const bytes = Buffer.from(seal(keyring, "flash", text));
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const flipped = Buffer.from(bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))).toString("latin1");
          expect(unseal(keyring, "flash", flipped), flipped).toBeUndefined();
        }
      }),
      { numRuns: 20 },
    );
  });

  it("signed cookie: a truncated, extended or mixed cookie is invalid", { tags: ["asvs-9.1.1"] }, () => {
    const [one, other] = [seal(keyring, "flash", "one"), seal(keyring, "flash", "other")];
    for (let length = 0; length < one.length; length++) expect(unseal(keyring, "flash", one.slice(0, length))).toBeUndefined();
    for (const end of ["A", "=", ".", " ", "\0"]) expect(unseal(keyring, "flash", one + end)).toBeUndefined();
    expect(unseal(keyring, "flash", `${one.split(".")[0]}.${other.split(".")[1]}`)).toBeUndefined();
    expect(unseal(keyring, "flash", `.${one.split(".")[1]}`)).toBeUndefined();
  });

  it("signed cookie: random text is invalid and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (body, signature) => {
        for (const text of [body, `${body}.${signature}`, `${body}.${signature}.`]) expect(unseal(keyring, "flash", text)).toBeUndefined();
      }),
    );
  });

  it("signed cookie: is invalid for another purpose", { tags: ["asvs-9.2.2"] }, () => {
    const purposes: Purpose[] = ["csrf", "flash", "device", "budget", "link", "verification"];
    for (const purpose of purposes) {
      const sealed = seal(keyring, purpose, "text");
      expect(purposes.filter((other) => unseal(keyring, other, sealed) === "text")).toEqual([purpose]);
    }
  });

  it("signed cookie: stays valid while its key is listed", { tags: ["asvs-11.2.2"] }, () => {
    const old = createKeyring(["the second key is long enough too"], keyringName);
    const next = createKeyring(["a third key, which is as long as the others"], keyringName);
    expect(unseal(keyring, "flash", seal(old, "flash", "text"))).toBe("text");
    expect(unseal(old, "flash", seal(keyring, "flash", "text"))).toBeUndefined();
    expect(unseal(next, "flash", seal(keyring, "flash", "text"))).toBeUndefined();
  });

  it.each([undefined, "", ".", "a", "a.b.c", "a.", ".a", "💥"])("signed cookie: %j is invalid", (sealed) => {
    expect(unseal(keyring, "flash", sealed)).toBeUndefined();
  });
});
