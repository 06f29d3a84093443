/** Serializes writes of this process; retries while another process writes. */
import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailableError } from "../errors.ts";
import { isBusy, mapUnavailable } from "./errors.ts";

interface Waiting {
  readonly grant: () => void;
}

/** Mutex: first come, first served. */
export class Lock {
  #isHeld = false;
  // A set: keeps the order, and removes a timed-out waiter in constant time.
  readonly #waiting = new Set<Waiting>();

  /**
   * Resolves to the function that releases the lock. Rejects with {@link DatabaseUnavailableError} at the deadline, in milliseconds of
   * `performance.now()`.
   */
  acquire(deadline: number): Promise<() => void> {
    const release = () => {
      const [next] = this.#waiting;
      if (next) {
        this.#waiting.delete(next);
        next.grant();
      } else this.#isHeld = false;
    };
    if (!this.#isHeld) {
      this.#isHeld = true;
      return Promise.resolve(release);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#waiting.delete(waiting);
          reject(new DatabaseUnavailableError("The database was locked for too long."));
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

/** Retries until the deadline while another process writes, without blocking the event loop. */
export async function retryWhileBusy<T>(work: () => T, deadline: number): Promise<T> {
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline)
        return mapUnavailable(() => {
          throw error;
        });
      // Jitter: two processes with equal waits would collide again.
      await pause(waitMs * (0.5 + Math.random()));
    }
  }
}
