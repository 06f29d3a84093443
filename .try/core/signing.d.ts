/** What a signature is for: one made for one purpose never verifies for another. */
export type Purpose = "csrf" | "csrf-cookie" | "flash" | "device" | "budget" | "code" | "letter" | "flow" | "browser";
export interface Signer {
    /** HMAC-SHA-256 by the first key. */
    readonly sign: (purpose: Purpose, text: string) => Buffer;
    /** Whether any of the keys made the signature; takes the same time whatever differs. */
    readonly verify: (purpose: Purpose, text: string, signature: Uint8Array) => boolean;
    /** AES-256-GCM by the first key, for what must be read again. */
    readonly encrypt: (purpose: Purpose, text: string) => string;
    /** What any of the keys encrypted for the same purpose, or undefined. */
    readonly decrypt: (purpose: Purpose, encrypted: string) => string | undefined;
}
/** A signer for a list of secrets: the first signs, all verify. Each purpose has keys of its own (HKDF, RFC 5869). */
export declare function createSigner(secrets: readonly string[]): Signer;
