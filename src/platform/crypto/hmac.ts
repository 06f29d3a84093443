/** Computes HMAC-SHA-256 of short texts (RFC 2104), faster than `createHmac`. */
import { hash } from "node:crypto";

const blockBytes = 64;
const digestBytes = 32;
/** A UTF-16 code unit has at most three bytes in UTF-8. */
const maxInPlaceLength = 340;

/** Prepares a key of at most 64 bytes; returns a function that authenticates UTF-8 text with 32 bytes. */
export function createHmacKey(key: Uint8Array): (text: string) => Buffer {
  if (key.length > blockBytes) throw new RangeError("HMAC-SHA-256 keys must have at most 64 bytes.");
  const inner = Buffer.alloc(blockBytes + 3 * maxInPlaceLength);
  const outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
  inner.fill(0x36, 0, blockBytes);
  for (const [i, byte] of key.entries()) {
    inner[i] = 0x36 ^ byte;
    outer[i] = 0x5c ^ byte;
  }
  return (text) => {
    const whole = text.length > maxInPlaceLength ? Buffer.concat([inner.subarray(0, blockBytes), Buffer.from(text)]) : inner;
    const end = whole === inner ? blockBytes + inner.write(text, blockBytes) : whole.length;
    // Passed as latin1 text: returning a buffer would allocate three objects.
    outer.write(hash("sha256", whole.subarray(0, end), "binary"), blockBytes, "binary");
    return Buffer.from(hash("sha256", outer, "binary"), "binary");
  };
}
