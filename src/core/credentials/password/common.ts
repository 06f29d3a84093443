/** The half million most used passwords, as a Bloom filter: small, quick, and never wrong about one that is on the list. */
import { createHash } from "node:crypto";
import { lazy } from "../../../platform/lazy.ts";
import { readCommonPasswords } from "./common-file.ts";

/** Set by the script that makes the file: bits for each password, and how many of them each one sets. */
const filterShape = { bitsPerPassword: 20, bitsSet: 14 };

export interface CommonPasswords {
  /** Whether the whole password, whatever its case, is among the most used (NIST SP 800-63B-4, 3.1.1.2; ASVS 6.2.4, 6.2.12). */
  readonly has: (password: string) => Promise<boolean>;
}

/** Reads the list with the first new password that somebody chooses, and not before. */
export function openCommonPasswords(): CommonPasswords {
  const filter = lazy(readCommonPasswords);
  return { has: async (password) => isIn(await filter.get(), password) };
}

/** A filter of these passwords, for the script that makes the file. */
export function makeFilter(passwords: readonly string[]): Uint8Array {
  const filter = new Uint8Array(Math.ceil((passwords.length * filterShape.bitsPerPassword) / 8));
  for (const password of passwords)
    for (const bit of bitsOf(password, filter.length * 8)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  return filter;
}

export function isIn(filter: Uint8Array, password: string): boolean {
  return bitsOf(password, filter.length * 8).every((bit) => ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}

/** Two halves of one hash give as many as are wanted (Kirsch and Mitzenmacher, 2006). */
function bitsOf(password: string, bits: number): number[] {
  const hash = createHash("sha256").update(fold(password)).digest();
  const [first, second] = [hash.readUIntBE(0, 6), hash.readUIntBE(6, 6)];
  return Array.from({ length: filterShape.bitsSet }, (_, i) => (first + i * second) % bits);
}

/** Case does not make a password less common. */
export function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
