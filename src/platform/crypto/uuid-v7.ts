/** Generates time-ordered IDs (UUIDv7). */
import { createRandomSource } from "./random-pool.ts";

/**
 * Monotonic UUIDv7 (RFC 9562, 5.7), also within a millisecond and when the clock is set back: the 12 bits after the time are a counter
 * with a random start (6.2, method 1). Across processes, the order is by millisecond.
 */
export function createIdSource(now: () => number): () => string {
  const randomBytes = createRandomSource();
  let ms = 0;
  let counter = 0;
  return () => {
    const present = now();
    if (present > ms) {
      ms = present;
      counter = randomBytes(2).readUInt16BE() & 0x7ff;
    } else if (++counter > 0xfff) {
      ms += 1;
      counter = 0;
    }
    const random = randomBytes(8);
    random.writeUInt8((random.readUInt8() & 0x3f) | 0x80);
    const digits = ms.toString(16).padStart(12, "0") + (0x7000 | counter).toString(16) + random.toString("hex");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
}
