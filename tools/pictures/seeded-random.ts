/** Replaces the randomness of this process by a seeded sequence, for pictures. */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** Starts each sequence anew. Import before the app: modules may keep random bytes. */
export function seedRandom(seed: string): void {
  const bytes = sequence(`${seed} bytes`);
  const ids = sequence(`${seed} ids`);
  const seeded = {
    randomBytes: (count: number) => bytes(count),
    randomFillSync: (buffer: Buffer) => buffer.set(bytes(buffer.length)),
    randomInt: (max: number) => bytes(6).readUIntBE(0, 6) % max,
    // Apart from the others, because assets are requested in any order.
    randomUUID: () =>
      ids(16)
        .toString("hex")
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
  };
  Object.assign(crypto, seeded);
  syncBuiltinESMExports();
}

function sequence(seed: string): (count: number) => Buffer {
  let step = 0;
  return (count) => {
    step += 1;
    return crypto.createHash("shake256", { outputLength: count }).update(`${seed} ${step}`).digest();
  };
}
