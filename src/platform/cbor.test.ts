/** Tests CBOR with the examples of RFC 8949, and with broken bytes. */
// Runs on one engine: it uses no database.
import { describe, expect, it } from "vitest";
import { type Cbor, decodeCborMap, encodeCbor } from "./cbor.ts";

describe("CBOR", () => {
  it.each<[Cbor, string]>([
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [100, "1864"],
    [1_000, "1903e8"],
    [1_000_000, "1a000f4240"],
    [-1, "20"],
    [-100, "3863"],
    [-1_000, "3903e7"],
    [Buffer.from("01020304", "hex"), "4401020304"],
    ["IETF", "6449455446"],
    ["\u00fc", "62c3bc"],
    [new Map(), "a0"],
    [
      new Map([
        [1, 2],
        [3, 4],
      ]),
      "a201020304",
    ],
  ])("CBOR: encodes an example of RFC 8949, appendix A: %o", (value, hex) => {
    expect(encodeCbor(value).toString("hex")).toBe(hex);
  });

  it("CBOR: a decoded map equals the encoded one", () => {
    const map = new Map<number | string, Cbor>([
      [1, 2],
      [-257, Buffer.alloc(300, 7)],
      ["text", new Map([["inner", "ü"]])],
      [70_000, -70_000],
    ]);
    expect(decodeCborMap(encodeCbor(map))).toEqual(map);
  });

  it("CBOR: broken, cut off, deep or other bytes decode to nothing", () => {
    const map = encodeCbor(new Map([[1, Buffer.alloc(40)]]));
    const broken = [
      Buffer.of(),
      map.subarray(0, -1),
      Buffer.concat([map, Buffer.of(0)]),
      Buffer.of(0x01),
      Buffer.from("a201020104", "hex"),
      Buffer.from("a1a001", "hex"),
      Buffer.from("bf0102ff", "hex"),
      Buffer.from("a1015affffffff", "hex"),
      Buffer.from("ba7fffffff", "hex"),
      Buffer.from("a101".repeat(10), "hex"),
    ];
    for (const bytes of broken) expect(decodeCborMap(bytes), bytes.toString("hex")).toBeUndefined();
  });
});
