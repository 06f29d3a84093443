/** Creates directories that only their owner can access. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Creates a directory and its parents with mode 0700. Not by `mkdir` with `recursive`, which loops forever in `/proc`. */
export function ensurePrivateDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) ensurePrivateDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have created it at the same time.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(path).isDirectory()) throw error;
  }
}
