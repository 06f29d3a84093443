/** Reads the filter of common passwords; the build inlines the file here. */
import { readFile } from "node:fs/promises";

export function readCommonPasswords(): Promise<Uint8Array> {
  return readFile(new URL("common-passwords.bin", import.meta.url));
}
