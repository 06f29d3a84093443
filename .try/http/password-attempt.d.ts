import { type TakenAttempt } from "../core/limits.ts";
import { type UserRow } from "../core/users.ts";
import type { Context } from "./context.ts";
export type PasswordAttempt = {
    readonly ok: true;
    readonly user: UserRow;
    readonly upgradedHash: string | undefined;
    readonly attempt: TakenAttempt;
} | {
    readonly ok: false;
    readonly reason: "wrong";
} | {
    readonly ok: false;
    readonly reason: "too-many";
    readonly retryAfterSeconds: number;
};
/** Tries a password for the account that has this address, or for nobody's: words, status, time and queries are the same (ASVS 6.3.8). */
export declare function tryPassword(c: Context, email: string, password: string): Promise<PasswordAttempt>;
/** Counts and records a failure, of which whoever tried learns nothing more than that. */
export declare function noteFailure(c: Context, user: UserRow | undefined, attempt: TakenAttempt): Promise<void>;
