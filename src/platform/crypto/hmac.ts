/** HMAC-SHA-256 of short texts (RFC 2104): by two digests in one call each, which for them takes a third of what a `Hmac` object does. */
import { hash } from "node:crypto";

const blockBytes = 64;
const digestBytes = 32;
/** A UTF-16 code unit has at most three bytes in UTF-8. */
const longestInPlace = 340;

/** A key made ready: gives the 32 bytes that authenticate a text in UTF-8. The key has at most 64 bytes, as every derived one has. */
export function createHmacKey(key: Uint8Array): (text: string) => Buffer {
  if (key.length > blockBytes) throw new RangeError("A key of HMAC-SHA-256 has at most 64 bytes here.");
  const inner = Buffer.alloc(blockBytes + 3 * longestInPlace);
  const outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
  inner.fill(0x36, 0, blockBytes);
  for (const [i, byte] of key.entries()) {
    inner[i] = 0x36 ^ byte;
    outer[i] = 0x5c ^ byte;
  }
  return (text) => {
    const whole = text.length > longestInPlace ? Buffer.concat([inner.subarray(0, blockBytes), Buffer.from(text)]) : inner;
    const end = whole === inner ? blockBytes + inner.write(text, blockBytes) : whole.length;
    // As text of one byte a character: to hand a buffer out, the engine makes three objects.
    outer.write(hash("sha256", whole.subarray(0, end), "binary"), blockBytes, "binary");
    return Buffer.from(hash("sha256", outer, "binary"), "binary");
  };
}
