/** Ids in the order in which they were made. */
import { createRandomSource } from "./random-pool.ts";

/**
 * Makes UUIDs of version 7 (RFC 9562, 5.7), each after the one before, also within one millisecond and when the clock is set back:
 * the twelve bits behind the time count on from a random number (6.2, method 1). Several processes are in order by the millisecond.
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
