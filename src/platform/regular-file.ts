/** Tells files from what only looks like one: a database in a named pipe would be waited for, for ever. */
import { statSync } from "node:fs";

/** What a path leads to instead of a file; undefined where it is a file, or nothing at all. */
export function insteadOfFile(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return undefined;
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a named pipe";
  return found.isSocket() ? "a socket" : "a device";
}
