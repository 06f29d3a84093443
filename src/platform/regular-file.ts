/** Detects paths that are no regular file, such as named pipes. */
import { statSync } from "node:fs";

/** Describes what is at a path instead of a regular file, such as a pipe, which blocks its reader; undefined for a file or a free path. */
export function insteadOfFile(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return undefined;
  if (found.isDirectory()) return "a directory";
  if (found.isFIFO()) return "a named pipe";
  return found.isSocket() ? "a socket" : "a device";
}
