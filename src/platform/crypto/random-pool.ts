/** Random bytes for what is made on every page: asked of the system many at a time, for each asking costs more than the bytes. */
import { randomFillSync } from "node:crypto";

const poolBytes = 8_192;

/** Gives as many bytes as are asked for, each of them once. */
export function createRandomSource(): (count: number) => Buffer {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return (count) => {
    if (used + count > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = Buffer.from(pool.subarray(used, used + count));
    // What was given stands nowhere else.
    pool.fill(0, used, used + count);
    used += count;
    return bytes;
  };
}
