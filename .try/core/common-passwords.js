/** The half million most used passwords, as a Bloom filter: small, quick, and never wrong about one that is on the list. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
/** Set by the script that makes the file: bits for each password, and how many of them each one sets. */
const filterShape = { bitsPerPassword: 20, bitsSet: 14 };
const file = new URL("common-passwords.bin", import.meta.url);
/** Reads the list with the first new password that somebody chooses, and not before. */
export function openCommonPasswords() {
    let reading;
    return {
        has: async (password) => {
            reading ??= readFile(file);
            return isIn(await reading, password);
        },
    };
}
/** A filter of these passwords, for the script that makes the file. */
export function makeFilter(passwords) {
    const filter = new Uint8Array(Math.ceil((passwords.length * filterShape.bitsPerPassword) / 8));
    for (const password of passwords)
        for (const bit of bitsOf(password, filter.length * 8))
            filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
    return filter;
}
export function isIn(filter, password) {
    return bitsOf(password, filter.length * 8).every((bit) => ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}
/** Two halves of one hash give as many as are wanted (Kirsch and Mitzenmacher, 2006). */
function bitsOf(password, bits) {
    const hash = createHash("sha256").update(fold(password)).digest();
    const [first, second] = [hash.readUIntBE(0, 6), hash.readUIntBE(6, 6)];
    return Array.from({ length: filterShape.bitsSet }, (_, i) => (first + i * second) % bits);
}
/** Case does not make a password less common. */
export function fold(text) {
    return text.normalize("NFC").toLowerCase();
}
