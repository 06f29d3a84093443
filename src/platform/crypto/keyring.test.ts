// Runs on one engine: what it tests does not touch the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyring, type Purpose } from "./keyring.ts";

const [old, current, next] = [
  "the key of last year, long enough",
  "the key of this year, long enough",
  "the key of next year, long enough",
];
const purposes: Purpose[] = ["csrf", "flash", "device", "budget", "code", "letter", "flow", "browser"];

describe("a signature", () => {
  it("verifies for the very text that it was made for, and for no other", () => {
    const keyring = createKeyring([current]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (text, other) => {
        const signature = keyring.sign("flash", text);
        expect(signature).toHaveLength(32);
        expect(keyring.verify("flash", text, signature)).toBe(true);
        if (other !== text) expect(keyring.verify("flash", other, signature)).toBe(false);
      }),
    );
  });

  it("is worth nothing with any bit turned, cut off or lengthened [ASVS 9.1.1]", () => {
    const keyring = createKeyring([current]);
    const signature = keyring.sign("flash", "text");
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const turned = Uint8Array.from(signature, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(keyring.verify("flash", "text", turned)).toBe(false);
    }
    for (const wrong of [signature.subarray(0, 31), Buffer.concat([signature, Buffer.of(0)]), new Uint8Array(), new Uint8Array(32)])
      expect(keyring.verify("flash", "text", wrong)).toBe(false);
  });

  it("is good for the purpose that it was made for, and no other [ASVS 9.2.2]", () => {
    const keyring = createKeyring([current]);
    for (const made of purposes) {
      const verifies = purposes.filter((purpose) => keyring.verify(purpose, "text", keyring.sign(made, "text")));
      expect(verifies).toEqual([made]);
    }
  });
});

describe("what is encrypted", () => {
  const keyring = createKeyring([current]);

  it("is read again, and shows nothing of itself nor that it is the same as another [ASVS 11.3.2]", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const [one, other] = [keyring.encrypt("letter", text), keyring.encrypt("letter", text)];
        expect([keyring.decrypt("letter", one), keyring.decrypt("letter", other)]).toEqual([text, text]);
        expect(one).not.toBe(other);
        expect(one).toMatch(/^[\w-]+$/);
        if (text.length > 3) expect(Buffer.from(one, "base64url").includes(text)).toBe(false);
      }),
    );
  });

  it("is nothing at all with any bit turned or cut off, and never an error [ASVS 11.3.3]", () => {
    const bytes = Buffer.from(keyring.encrypt("letter", "text"), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = Buffer.from(bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
      expect(keyring.decrypt("letter", turned.toString("base64url"))).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length++)
      expect(keyring.decrypt("letter", bytes.subarray(0, length).toString("base64url"))).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(keyring.decrypt("letter", text)).toBeUndefined();
      }),
    );
  });

  it("is read for the purpose that it was made for, and no other", () => {
    for (const made of purposes) {
      const encrypted = keyring.encrypt(made, "text");
      expect(purposes.filter((purpose) => keyring.decrypt(purpose, encrypted) === "text")).toEqual([made]);
    }
  });

  it("is read as long as its key is listed, and no longer [ASVS 11.2.2]", () => {
    const [before, during, after] = [createKeyring([old]), createKeyring([current, old]), createKeyring([current])];
    expect(during.decrypt("letter", before.encrypt("letter", "text"))).toBe("text");
    expect(after.decrypt("letter", during.encrypt("letter", "text"))).toBe("text");
    expect(before.decrypt("letter", during.encrypt("letter", "text"))).toBeUndefined();
    expect(after.decrypt("letter", before.encrypt("letter", "text"))).toBeUndefined();
  });
});

describe("the keys", () => {
  it("all verify, and the first one signs, so that one can be replaced while the other still counts [ASVS 11.2.2]", () => {
    const [before, during, after] = [createKeyring([old]), createKeyring([current, old]), createKeyring([current])];
    expect(during.verify("device", "text", before.sign("device", "text"))).toBe(true);
    expect(during.sign("device", "text")).toEqual(after.sign("device", "text"));
    expect(after.verify("device", "text", during.sign("device", "text"))).toBe(true);
    expect(before.verify("device", "text", during.sign("device", "text"))).toBe(false);
    expect(after.verify("device", "text", before.sign("device", "text"))).toBe(false);
  });

  it("verify in whichever place of the list they stand", () => {
    const lists = [
      [old, current, next],
      [next, old, current],
      [current, next, old],
    ];
    for (const list of lists) {
      for (const key of list) expect(createKeyring(list).verify("csrf", "text", createKeyring([key]).sign("csrf", "text"))).toBe(true);
      expect(createKeyring(list).verify("csrf", "text", createKeyring([`${old}!`]).sign("csrf", "text"))).toBe(false);
    }
  });

  it("sign today as they did in the first release, so that an upgrade logs nobody out", () => {
    // Made by another implementation of HKDF and HMAC.
    expect(createKeyring([current]).sign("device", "text").toString("base64url")).toBe("zNsuHcJXaYhVHgYo50HR26MB_cVN9hNMnqWNJpF3DjE");
  });

  it("are none where there is none: nothing is signed with an empty list", () => {
    expect(() => createKeyring([])).toThrow("no secret key");
  });
});
