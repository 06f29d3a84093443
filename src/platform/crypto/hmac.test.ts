// Runs on one engine: it is independent of the database.
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHmacKey } from "./hmac.ts";

describe("HMAC-SHA-256", () => {
  it("HMAC-SHA-256: matches the test vectors of RFC 4231", () => {
    const cases = [
      [Buffer.alloc(20, 0x0b), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
      [Buffer.from("Jefe"), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
    ] as const;
    for (const [key, text, mac] of cases) expect(createHmacKey(key)(text).toString("hex")).toBe(mac);
  });

  it("HMAC-SHA-256: matches node:crypto for any key and text", { tags: ["asvs-11.4.1"] }, () => {
    const key = fc.uint8Array({ minLength: 0, maxLength: 64 });
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 2_000 }),
      // Around `maxInPlaceLength`, with characters of one to four bytes and lone surrogates.
      fc
        .tuple(fc.constantFrom("a", "é", "€", "\u{1f512}", "\ud83d", "\0"), fc.integer({ min: 330, max: 350 }))
        .map(([unit, length]) => unit.repeat(length)),
    );
    fc.assert(
      fc.property(key, text, (bytes, message) => {
        expect(createHmacKey(bytes)(message)).toEqual(createHmac("sha256", bytes).update(message).digest());
      }),
      { numRuns: 500 },
    );
  });

  it("HMAC-SHA-256: results are independent of each other", () => {
    const sign = createHmacKey(Buffer.alloc(32, 7));
    const [long, short] = [sign("a much longer text than the other"), sign("short")];
    const before = [long.toString("hex"), short.toString("hex")];
    sign("a third");
    expect([long.toString("hex"), short.toString("hex")]).toEqual(before);
    expect(sign("short")).toEqual(createHmacKey(Buffer.alloc(32, 7))("short"));
  });

  it("HMAC-SHA-256: a key over 64 bytes is rejected", () => {
    expect(() => createHmacKey(new Uint8Array(65))).toThrow(RangeError);
  });
});
