/** Waits for the disk beside the event loop, and once for all that was committed meanwhile (group commit). */
import { close, fdatasync, fsync, open } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { DatabaseUnavailableError } from "./unavailable.ts";

const [openFile, closeFile, syncFile] = [promisify(open), promisify(close), promisify(fsync)];

export interface WalSync {
  /** Resolves when everything that is committed is on the disk. Rejects for good once the disk has failed: what it holds is not known then. */
  readonly reached: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * For a database in WAL mode whose commits do not wait by themselves (`synchronous = normal`). Such a commit stands in the log, whole, and
 * is safe as soon as the log is on the disk; that is what the engine itself would do at each commit (`full`), on the event loop and for
 * each alone. `onFailure` is told when the disk fails.
 */
export function createWalSync(path: string, onFailure: (error: DatabaseUnavailableError) => void): WalSync {
  let file: Promise<number> | undefined;
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const sync = async () => {
    // Beginning now, it covers what is committed by now: whoever commits from here on waits for the one after it.
    next = undefined;
    try {
      file ??= openLog(path);
      await promisify(fdatasync)(await file);
    } catch (error) {
      // After a failure the system takes what it could not write for written, so that a second try would prove nothing.
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
    close: async () => {
      await last.catch(() => {});
      const opened = await file?.catch(() => undefined);
      if (opened !== undefined) await closeFile(opened);
    },
  };
}

/** The log is there since the first commit, and the same file for as long as the database is open. It bears no lock that closing it would drop. */
async function openLog(path: string): Promise<number> {
  const log = await openFile(`${path}-wal`, "r+");
  // Its name, too, must outlast a power cut; the engine would see to that at its own first wait.
  const folder = await openFile(dirname(path), "r");
  await syncFile(folder);
  await closeFile(folder);
  return log;
}
