/** Gets random bytes from the system at each call. */
import { randomBytes } from "node:crypto";

export function createRandomSource(): (count: number) => Buffer {
  return (count) => randomBytes(count);
}
