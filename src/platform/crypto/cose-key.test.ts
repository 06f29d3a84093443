/** Tests COSE keys with keys of each algorithm, and with invalid ones. */
// Runs on one engine: it uses no database.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeCbor } from "../cbor.ts";
import { fromCoseKey, toCoseKey } from "./cose-key.ts";

const spki = (key: KeyObject | undefined) => key?.export({ format: "der", type: "spki" }).toString("hex");

describe("COSE keys", () => {
  it.each([
    ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey],
    ["Ed25519", generateKeyPairSync("ed25519").publicKey],
    ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey],
  ])("COSE key: a key for %s is the same after encoding and decoding", (_, key) => {
    expect(spki(fromCoseKey(toCoseKey(key) ?? Buffer.of()))).toBe(spki(key));
  });

  it("COSE key: other curves, short RSA keys, points off the curve and broken bytes are refused", () => {
    expect(toCoseKey(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey)).toBeUndefined();
    expect(toCoseKey(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)).toBeUndefined();
    const off = new Map<number, number | Buffer>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.alloc(32, 1)],
      [-3, Buffer.alloc(32, 2)],
    ]);
    expect(fromCoseKey(encodeCbor(off))).toBeUndefined();
    expect(fromCoseKey(encodeCbor(new Map(off).set(3, -257)))).toBeUndefined();
    for (const bytes of [Buffer.of(), Buffer.of(0xa0), Buffer.from("no key")]) expect(fromCoseKey(bytes)).toBeUndefined();
  });
});
