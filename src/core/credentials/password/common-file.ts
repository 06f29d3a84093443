/** Reads the filter of common passwords. The build replaces this module by one that holds it, because bundlers move files. */
import { readFile } from "node:fs/promises";

export function readCommonPasswords(): Promise<Uint8Array> {
  return readFile(new URL("common-passwords.bin", import.meta.url));
}
