/** Ends whatever could still open an account: every session and every token in a letter. */
import type { Services } from "./services.ts";
/**
 * In the transaction of what makes it necessary, so that a thief who was in is out at that moment (ASVS 7.4.3).
 * What lives on is what earlier addresses were sent to take the account back, or a thief could change the address, reset the
 * password through the new one, and so be rid of the owner's link. `since` is when the present address was last left.
 */
export declare function endEverything(tx: Services, userId: string, since?: number): Promise<void>;
