/** Lets as many passwords be hashed at once as there are processors; the rest wait in a line of bounded length. */
import { availableParallelism } from "node:os";
import type { Watch } from "./watch.ts";

/** How many processors are left to each of so many processes. */
export function shareOfProcessors(processes: number): number {
  return Math.max(1, Math.floor(availableParallelism() / processes));
}

/**
 * One more than are computed at once: it waits where the next one is taken from, so that no processor waits for us to hand it out. Not with
 * a single processor, where both would be computed and take turns.
 */
export function hashesInHand(processes: number): number {
  const share = shareOfProcessors(processes);
  return share === 1 ? 1 : share + 1;
}

/** Thrown when the line is full: the honest answer is 503 with `Retry-After`. */
export class HashQueueFullError extends Error {
  override name = "HashQueueFullError";
}

export interface HashQueue {
  /** Runs a hash when its turn comes. Throws {@link HashQueueFullError} when too many wait already. */
  readonly run: <T>(scheme: string, hash: () => Promise<T>) => Promise<T>;
  readonly slots: number;
  /** How many wait for their turn. */
  readonly waiting: () => number;
}

/** A flood then costs its senders waiting, never us memory: each Argon2id at work takes 19 MiB (ASVS 15.2.2). */
export function createHashQueue(
  longest: number,
  onHash?: (scheme: string) => void,
  slots = availableParallelism(),
  watch?: Watch,
): HashQueue {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else running--;
  };
  const enter = (): Promise<void> | undefined => {
    if (running < slots) {
      running++;
      return undefined;
    }
    if (waiting.length >= longest) {
      watch?.overfull();
      throw new HashQueueFullError("Too many passwords are waiting to be checked.");
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  return {
    slots,
    waiting: () => waiting.length,
    run: async (scheme, hash) => {
      const from = watch ? performance.now() : 0;
      await enter();
      try {
        onHash?.(scheme);
        return await (watch ? watch.around({ kind: "hash", scheme, waitedMs: performance.now() - from }, hash) : hash());
      } finally {
        leave();
      }
    },
  };
}
