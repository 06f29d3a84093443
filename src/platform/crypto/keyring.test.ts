// Runs on one engine: it is independent of the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyring as createRing, DecryptionError } from "./keyring.ts";

const [old, current, next] = [
  "the key of last year, long enough",
  "the key of this year, long enough",
  "the key of next year, long enough",
];
const purposes = ["csrf", "flash", "device", "budget", "code", "email", "link", "verification"];
const createKeyring = (secrets: readonly string[]) => createRing(secrets, "latchkey");

describe("signature", () => {
  it("signature: verifies for the signed text only", () => {
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

  it("signature: a flipped bit, a truncation or an extension invalidates it", { tags: ["asvs-9.1.1"] }, () => {
    const keyring = createKeyring([current]);
    const signature = keyring.sign("flash", "text");
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const flipped = Uint8Array.from(signature, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(keyring.verify("flash", "text", flipped)).toBe(false);
    }
    for (const wrong of [signature.subarray(0, 31), Buffer.concat([signature, Buffer.of(0)]), new Uint8Array(), new Uint8Array(32)])
      expect(keyring.verify("flash", "text", wrong)).toBe(false);
  });

  it("signature: is invalid for another purpose", { tags: ["asvs-9.2.2"] }, () => {
    const keyring = createKeyring([current]);
    for (const signedFor of purposes) {
      const verifies = purposes.filter((purpose) => keyring.verify(purpose, "text", keyring.sign(signedFor, "text")));
      expect(verifies).toEqual([signedFor]);
    }
  });
});

describe("encryption", () => {
  const keyring = createKeyring([current]);
  const row = { to: ["outbox.message", "row 1"] };

  it("encrypted text: round-trips, and two ciphertexts of the same text differ", { tags: ["asvs-11.3.2"] }, () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const [one, other] = [keyring.encrypt("email", text, row), keyring.encrypt("email", text, row)];
        expect([keyring.decrypt("email", one, row), keyring.decrypt("email", other, row)]).toEqual([text, text]);
        expect(one).not.toBe(other);
        expect(one).toMatch(/^v1\.[0-9a-f]{16}\.[\w-]+$/);
        // Shorter ones may be there by chance.
        if (Buffer.byteLength(text) >= 8) expect(Buffer.from(one.split(".")[2] ?? "", "base64url").includes(text)).toBe(false);
      }),
    );
  });

  it("encrypted text: a flipped bit, a truncation or another encoding is rejected", { tags: ["asvs-11.3.3"] }, () => {
    const encrypted = keyring.encrypt("email", "text", row);
    const invalid = (text: string) => expect(failure(() => keyring.decrypt("email", text, row))?.reason, text).toBe("invalid");
    const start = encrypted.lastIndexOf(".") + 1;
    const bytes = Buffer.from(encrypted.slice(start), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
      invalid(encrypted.slice(0, start) + flipped.toString("base64url"));
    }
    for (let length = 0; length < encrypted.length; length++) invalid(encrypted.slice(0, length));
    for (const other of [
      `v2${encrypted.slice(2)}`,
      encrypted.toUpperCase(),
      `${encrypted}=`,
      `${encrypted}A`,
      ` ${encrypted}`,
      `${encrypted}\n`,
    ])
      invalid(other);
    // 34 bytes leave four unused bits in the last character.
    const short = keyring.encrypt("email", "123456", row);
    const last = short.at(-1) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const respelled = short.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1];
    expect(Buffer.from(respelled.slice(start), "base64url")).toEqual(Buffer.from(short.slice(start), "base64url"));
    invalid(respelled);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(keyring.tryDecrypt("email", text, row)).toBeUndefined();
      }),
    );
  });

  it("encrypted text: another purpose, column, row or second secret does not decrypt it", () => {
    for (const signedFor of purposes) {
      const encrypted = keyring.encrypt(signedFor, "text", row);
      expect(purposes.filter((purpose) => keyring.tryDecrypt(purpose, encrypted, row) === "text")).toEqual([signedFor]);
    }
    const encrypted = keyring.encrypt("email", "text", row);
    const others = [[], ["outbox.message"], ["outbox.message", "row 2"], ["outbox.failure", "row 1"], ["outbox.message", "row 1", ""]];
    for (const to of [...others, ["outbox.messagerow 1"]])
      expect(keyring.tryDecrypt("email", encrypted, { to }), to.join()).toBeUndefined();
    expect(keyring.tryDecrypt("email", encrypted, { ...row, secret: "token" })).toBeUndefined();
    const withSecret = keyring.encrypt("email", "text", { ...row, secret: "token" });
    expect(keyring.decrypt("email", withSecret, { ...row, secret: "token" })).toBe("text");
    for (const secret of [undefined, "", "tokem"]) expect(keyring.tryDecrypt("email", withSecret, { ...row, secret })).toBeUndefined();
  });

  it("encrypted text: decrypts while its key is listed; the error then contains the key ID and no secret", {
    tags: ["asvs-11.2.2"],
  }, () => {
    const [before, during, after] = [createKeyring([old]), createKeyring([current, old]), createKeyring([current])];
    const text = before.encrypt("email", "text", row);
    expect(during.decrypt("email", text, row)).toBe("text");
    expect(after.decrypt("email", during.encrypt("email", "text", row), row)).toBe("text");
    const error = failure(() => after.decrypt("email", text, row));
    expect(error).toMatchObject({ reason: "unknown-key", keyId: before.keyId });
    expect(error?.message).toBe(`It was encrypted with the key ${before.keyId}, which is not in the list of keys.`);
  });

  it("encrypted text: replacing the key ID by that of another listed key invalidates it", () => {
    const ring = createKeyring([current, old]);
    const encrypted = createKeyring([old]).encrypt("email", "text", row);
    expect(ring.tryDecrypt("email", encrypted.replace(ring.keyIds[1] ?? "", ring.keyId), row)).toBeUndefined();
  });

  it("format v1: decrypts ciphertexts of another HKDF and AES-GCM implementation", () => {
    const row = { to: ["outbox.letter", "row 1"] };
    expect(keyring.keyId).toBe("97caf02559e258b0");
    expect(keyring.decrypt("email", "v1.97caf02559e258b0.AAECAwQFBgcICQoLffZ6VgUj7ROJollysu_pceFbRmfVJy4", row)).toBe("Grüße");
    const withSecret = "v1.97caf02559e258b0.AAECAwQFBgcICQoLghvW6Tm5zZqMSXYxnGiQOJXM6AOJn6U";
    expect(keyring.decrypt("email", withSecret, { ...row, secret: "a second secret" })).toBe("Grüße");
  });

  function failure(decrypt: () => string): DecryptionError | undefined {
    try {
      decrypt();
    } catch (error) {
      if (error instanceof DecryptionError) return error;
      throw error;
    }
    return undefined;
  }
});

describe("keyed hash", () => {
  const [before, during, after] = [createKeyring([old]), createKeyring([current, old]), createKeyring([current])];

  it("keyed hash: starts with the key ID and equals that of another HKDF and HMAC implementation", () => {
    expect(after.hash("code", "text")).toBe("97caf02559e258b0.jfPWinhrGyBWFVEbED9g5BV1KJdIRhCpLXAZfkLnX8M");
  });

  it("keyed hash: is verified and found while its key is listed", { tags: ["asvs-11.2.2"] }, () => {
    const hash = before.hash("code", "text");
    expect([during.verifyHash("code", "text", hash), after.verifyHash("code", "text", hash)]).toEqual([true, false]);
    expect(during.hashes("code", "text")).toEqual([after.hash("code", "text"), hash]);
  });

  it("keyed hash: another text, purpose, key ID or encoding is rejected", () => {
    const hash = during.hash("code", "text");
    expect(during.verifyHash("code", "text", hash)).toBe(true);
    for (const other of ["", hash.slice(0, -1), `${hash}=`, hash.slice(17), hash.replace(during.keyId, before.keyId)])
      expect(during.verifyHash("code", "text", other), other).toBe(false);
    expect(during.verifyHash("code", "test", hash)).toBe(false);
    expect(during.verifyHash("email", "text", hash)).toBe(false);
  });
});

describe("keyring", () => {
  it("keyring: the first key signs, and all keys verify", { tags: ["asvs-11.2.2"] }, () => {
    const [before, during, after] = [createKeyring([old]), createKeyring([current, old]), createKeyring([current])];
    expect(during.verify("device", "text", before.sign("device", "text"))).toBe(true);
    expect(during.sign("device", "text")).toEqual(after.sign("device", "text"));
    expect(after.verify("device", "text", during.sign("device", "text"))).toBe(true);
    expect(before.verify("device", "text", during.sign("device", "text"))).toBe(false);
    expect(after.verify("device", "text", before.sign("device", "text"))).toBe(false);
  });

  it("keyring: keys verify at any position of the list", () => {
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

  it("keyring: signatures equal those of the first release, so that an upgrade keeps sessions", () => {
    // Computed by another HKDF and HMAC implementation.
    expect(createKeyring([current]).sign("device", "text").toString("base64url")).toBe("zNsuHcJXaYhVHgYo50HR26MB_cVN9hNMnqWNJpF3DjE");
  });

  it("keyring: an empty list throws", () => {
    expect(() => createKeyring([])).toThrow("no secret key");
  });
});
