/** An account whose owner says that somebody else is in it. */
import type { Services } from "./services.ts";
/**
 * Notes it: the password opens nothing, and nothing that opens the account may change, until the password is reset. An erasure
 * that waits is off, for it may be the intruder's wish, and the owner cannot log in to cancel it.
 */
export declare function noteReport(tx: Services, userId: string): Promise<void>;
/** The account is its owner's again. */
export declare function clearReport(tx: Services, userId: string): Promise<void>;
