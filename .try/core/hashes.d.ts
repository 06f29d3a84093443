/** A stored hash that was understood. */
export interface ForeignHash {
    /** What it costs, such as `scrypt:32768:8:1`; hashes of one scheme take the same time. Undefined where that is next to nothing. */
    readonly scheme: string | undefined;
    /** Whether the password, exactly as typed, made the hash. */
    readonly verify: (password: string) => Promise<boolean>;
}
/**
 * Reads a hash as Werkzeug's `generate_password_hash` wrote it, of any version: `scrypt:N:r:p$salt$hex`,
 * `pbkdf2:digest:iterations$salt$hex`, `digest$salt$hex` (an HMAC) and `digest$$hex`.
 * Gives undefined for what is malformed, cut off, too dear, or plain text.
 */
export declare function readWerkzeugHash(stored: string): ForeignHash | undefined;
