/** Random bytes asked of the system each time. */
import { randomBytes } from "node:crypto";

export function createRandomSource(): (count: number) => Buffer {
  return (count) => randomBytes(count);
}
