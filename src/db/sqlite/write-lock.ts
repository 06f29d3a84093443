/** Waits for others' writes: for those of this process, and for those of another. */
import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailableError } from "../errors.ts";
import { isBusy, mapUnavailable } from "./errors.ts";

interface Waiting {
  readonly grant: () => void;
}

/** One holder at a time, first come first served. */
export class Lock {
  #isVerifiedOwner = false;
  // A set keeps the order of arrival, and lets go of who has waited too long.
  readonly #waiting = new Set<Waiting>();

  /**
   * Resolves, when its turn comes, to what gives the lock back. Rejects with {@link DatabaseUnavailableError} at its deadline, in
   * milliseconds as `performance.now()` counts them: everybody waits from their own arrival, and never for the waits of those before.
   */
  take(deadline: number): Promise<() => void> {
    const release = () => {
      const [next] = this.#waiting;
      if (next) {
        this.#waiting.delete(next);
        next.grant();
      } else this.#isVerifiedOwner = false;
    };
    if (!this.#isVerifiedOwner) {
      this.#isVerifiedOwner = true;
      return Promise.resolve(release);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#waiting.delete(waiting);
          reject(new DatabaseUnavailableError("The database is held by others for too long."));
        },
        Math.max(0, deadline - performance.now()),
      );
      const waiting: Waiting = {
        grant: () => {
          clearTimeout(timer);
          resolve(release);
        },
      };
      this.#waiting.add(waiting);
    });
  }
}

/** Tries again until the deadline, without stopping the event loop, while another process is writing. */
export async function retryWhileBusy<T>(work: () => T, deadline: number): Promise<T> {
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline)
        return mapUnavailable(() => {
          throw error;
        });
      // Never the same wait for two processes, or they would meet again.
      await pause(waitMs * (0.5 + Math.random()));
    }
  }
}
