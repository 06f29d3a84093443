/** Buffers random bytes: one system call serves many requests. */
import { randomFillSync } from "node:crypto";

const poolBytes = 8_192;

/** Returns random bytes; each byte is handed out once. */
export function createRandomSource(): (count: number) => Buffer {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return (count) => {
    if (used + count > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = Buffer.from(pool.subarray(used, used + count));
    // Handed-out bytes are erased from the pool.
    pool.fill(0, used, used + count);
    used += count;
    return bytes;
  };
}
