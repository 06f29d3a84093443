/** Finds the half million most common passwords (Bloom filter). */
import { createHash } from "node:crypto";
import { lazy } from "../../../platform/lazy.ts";
import { readCommonPasswords } from "./common-file.ts";

/** Must match the file that `tools/common-passwords.ts` writes. A Bloom filter has no false negatives; with this shape, about one false positive in 15,000. */
const filterShape = { bitsPerPassword: 20, bitsSet: 14 };

export interface CommonPasswords {
  /** Whether the whole password is common, ignoring case (NIST SP 800-63B-4, 3.1.1.2; ASVS 6.2.4, 6.2.12). */
  readonly has: (password: string) => Promise<boolean>;
}

/** Loads the file at the first use. */
export function openCommonPasswords(): CommonPasswords {
  const filter = lazy(readCommonPasswords);
  return { has: async (password) => isIn(await filter.get(), password) };
}

/** Builds the filter; used by the script that writes the file. */
export function makeFilter(passwords: readonly string[]): Uint8Array {
  const filter = new Uint8Array(Math.ceil((passwords.length * filterShape.bitsPerPassword) / 8));
  for (const password of passwords)
    for (const bit of bitsOf(password, filter.length * 8)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  return filter;
}

export function isIn(filter: Uint8Array, password: string): boolean {
  return bitsOf(password, filter.length * 8).every((bit) => ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}

/** Derives all bit positions from one hash by double hashing (Kirsch and Mitzenmacher, 2006). */
function bitsOf(password: string, bits: number): number[] {
  const hash = createHash("sha256").update(fold(password)).digest();
  const [first, second] = [hash.readUIntBE(0, 6), hash.readUIntBE(6, 6)];
  return Array.from({ length: filterShape.bitsSet }, (_, i) => (first + i * second) % bits);
}

/** Normalizes for comparison: NFC, lower case. */
export function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
