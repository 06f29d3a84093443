/** Waits for the disk beside the event loop, and once for all that was committed meanwhile (group commit). */
import { close, fdatasync, openSync, realpathSync } from "node:fs";
import { promisify } from "node:util";
import { DatabaseUnavailableError } from "../errors.ts";

export interface WalSync {
  /** Resolves when everything that is committed is on the disk. Rejects for good once the disk has failed: what it holds is not known then. */
  readonly reached: () => Promise<void>;
  /** The same for what somebody waits for already. */
  readonly whenDurable: () => Promise<void>;
  /** To be called when nobody can commit any more. */
  readonly close: () => Promise<void>;
}

/**
 * For a database in WAL mode whose commits do not wait by themselves (`synchronous = normal`). Such a commit stands in the log, whole, and
 * is safe as soon as the log is on the disk; that is what the engine itself would do at each commit (`full`), on the event loop and for
 * each alone. `onFailure` is told when the disk fails.
 *
 * The log must be there; it is the same file for as long as the database is open. Opened at once, for the system tells of what it could
 * not write only those who had the file open then. It bears no lock of the engine's that closing it would drop.
 */
export function openWalSync(path: string, onFailure: (error: DatabaseUnavailableError) => void): WalSync {
  // The engine follows links, and puts the log beside what they lead to.
  const log = openSync(`${realpathSync(path)}-wal`, "r+");
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const sync = async () => {
    // Beginning now, it covers what is committed by now: whoever commits from here on waits for the one after it.
    next = undefined;
    try {
      await promisify(fdatasync)(log);
    } catch (error) {
      // The system takes what it could not write for written, so that a second try would prove nothing.
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
