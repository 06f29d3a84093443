/** Syncs the WAL off the event loop, once for many commits (group commit). */
import { close, fdatasync, openSync, realpathSync } from "node:fs";
import { promisify } from "node:util";
import { DatabaseUnavailableError } from "../errors.ts";

export interface WalSync {
  /** Resolves when every commit until now is on the disk. After a disk failure it always rejects: the content of the disk is unknown. */
  readonly reached: () => Promise<void>;
  /** Resolves with the last requested sync, and requests none. */
  readonly whenDurable: () => Promise<void>;
  /** Call it after the last commit. */
  readonly close: () => Promise<void>;
}

/**
 * Makes commits durable in WAL mode with `synchronous = normal` (decision 017). The WAL must exist; it is opened at once because Linux
 * reports a failed write only to handles that were open then.
 */
export function openWalSync(path: string, onFailure: (error: DatabaseUnavailableError) => void): WalSync {
  // SQLite resolves symbolic links, and puts the WAL beside the target.
  const log = openSync(`${realpathSync(path)}-wal`, "r+");
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const sync = async () => {
    // Covers every commit until now; later commits wait for the next sync.
    next = undefined;
    try {
      // Not `promisify`, which would make a function for each sync.
      await new Promise<void>((resolve, reject) => fdatasync(log, (error) => (error ? reject(error) : resolve())));
    } catch (error) {
      // No retry: Linux marks pages that it could not write as clean, so a second fdatasync would succeed.
      const failure = new DatabaseUnavailableError("The disk has failed.", { cause: error });
      onFailure(failure);
      throw failure;
    }
  };
  return {
    reached: () => {
      if (next) return next;
      const waiting = last.then(sync);
      next = waiting;
      last = waiting;
      return waiting;
    },
    whenDurable: () => last,
    close: async () => {
      await last.catch(() => {});
      await promisify(close)(log);
    },
  };
}
