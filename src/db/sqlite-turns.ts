/** Waits for others' writes: for those of this process, and for those of another. */
import { setTimeout as pause } from "node:timers/promises";
import { isBusy, orUnavailable } from "./sqlite-errors.ts";

/** How long a write waits for another process's write before it gives up. */
const busyForMs = 10_000;

/** One holder at a time, first come first served. */
export class Lock {
  #last: Promise<void> = Promise.resolve();

  /** Resolves, when its turn comes, to what gives the lock back. */
  async take(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = promise;
    await before;
    return resolve;
  }
}

/** Tries again, without stopping the event loop, while another process is writing. */
export async function patiently<T>(work: () => T): Promise<T> {
  let waitedMs = 0;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || waitedMs > busyForMs)
        return orUnavailable(() => {
          throw error;
        });
      // Never the same wait for two processes, or they would meet again.
      const jitteredMs = waitMs * (0.5 + Math.random());
      await pause(jitteredMs);
      waitedMs += jitteredMs;
    }
  }
}
