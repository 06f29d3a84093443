export interface CommonPasswords {
    /** Whether the whole password, whatever its case, is among the most used (NIST SP 800-63B-4, 3.1.1.2; ASVS 6.2.4, 6.2.12). */
    readonly has: (password: string) => Promise<boolean>;
}
/** Reads the list with the first new password that somebody chooses, and not before. */
export declare function openCommonPasswords(): CommonPasswords;
/** A filter of these passwords, for the script that makes the file. */
export declare function makeFilter(passwords: readonly string[]): Uint8Array;
export declare function isIn(filter: Uint8Array, password: string): boolean;
/** Case does not make a password less common. */
export declare function fold(text: string): string;
