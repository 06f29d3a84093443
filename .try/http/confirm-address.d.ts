import type { Services } from "../core/services.ts";
import type { Context } from "./context.ts";
import { type Addressee } from "./letters.ts";
/** What this browser asked for: kept encrypted in a cookie, for it holds an address. */
export interface Asking {
    readonly secret: string;
    /** As it was typed. */
    readonly email: string;
    /** The account that was made or opened here, and no other that has the same address by now; nobody's where there is none. */
    readonly userId: string;
}
/** Notes in this browser that it asks to confirm an address: an account's, or without `userId` one that it may be told nothing of. */
export declare function startAsking(c: Context, { email, userId }: {
    email: string;
    userId?: string | undefined;
}): Asking;
/** The same after a login that failed: what this browser asked for that address before still counts. */
export declare function askAfterLogin(c: Context, { email, userId }: {
    email: string;
    userId: string | undefined;
}): void;
export declare function readAsking(c: Context): Asking | undefined;
export declare function stopAsking(c: Context): void;
/**
 * Posts the letter, in the transaction of what it belongs to. An older letter's link and digits are dead from then on. For nobody,
 * it writes as much and sends nothing (ASVS 6.3.8).
 */
export declare function postConfirmation(tx: Services, user: Addressee | undefined, { secret }: Asking): Promise<void>;
