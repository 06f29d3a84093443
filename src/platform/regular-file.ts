/** Detects paths that are not regular files, such as named pipes. */
import { statSync } from "node:fs";

/** Returns the kind of file at a path, such as a named pipe, which would block reads; undefined for a regular or missing file. */
export function nonFileKind(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return undefined;
  if (found.isDirectory()) return "a directory";
  if (found.isFIFO()) return "a named pipe";
  return found.isSocket() ? "a socket" : "a device";
}
