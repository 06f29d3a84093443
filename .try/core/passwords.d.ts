import type { Services } from "./services.ts";
export type PasswordProblem = "too-short" | "too-long" | "not-text" | "needs-upper-and-digit" | "common" | "own-words" | "breached";
/** Why a new password is refused, or undefined. `ownWords` are the person's name and address; the site's own are added. */
export declare function passwordProblem(s: Services, password: string, ownWords: readonly string[]): Promise<PasswordProblem | undefined>;
/** Argon2id as a PHC string, of the password in NFC and otherwise exactly as typed (NIST SP 800-63B-4, 3.1.1.2). */
export declare function hashPassword(s: Services, password: string): Promise<string>;
/** The part of an account that says how its password is checked. */
export interface StoredPassword {
    readonly password_hash: string;
    /** Set where the password opens nothing until it is reset. */
    readonly password_set_aside_at: number | null;
}
/** Its `upgraded` hash is set where the stored one was weaker than, or foreign to, what we write today. */
export type PasswordCheck = {
    readonly ok: true;
    readonly upgraded: string | undefined;
} | {
    readonly ok: false;
};
/**
 * Checks a password against an account's, or against nobody's. A stranger, a foreign hash and a wrong password cost the
 * same: every kind of hash that some account still has is computed before the answer is no (ASVS 6.3.8).
 */
export declare function checkPassword(s: Services, account: StoredPassword | undefined, password: string): Promise<PasswordCheck>;
/** What stands in the `hash_scheme` column for a hash: null for the one that we write today. */
export declare function hashScheme(s: Services, stored: string): string | null;
