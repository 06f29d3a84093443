import { type Services } from "./services.ts";
import { type NewUser, type UserRow } from "./users.ts";
/**
 * Makes way for somebody who signs up: whoever only typed the same address or name before was not the one to prove it. A name that
 * was held would also tell, by being taken, that the address typed with it had no account yet (ASVS 6.3.8).
 */
export declare function freeUnconfirmed(tx: Services, { email, username }: NewUser): Promise<void>;
/** The same for an address alone, whose mailbox an account has just proved. */
export declare function freeUnconfirmedAddress(tx: Services, email: string): Promise<void>;
/** The same for a name alone, which somebody who has an account wants. Nothing is held up where signing up needs no letter. */
export declare function freeUnconfirmedName(tx: Services, username: string): Promise<void>;
/** Whether an account has the name that was confirmed, or was in use before addresses had to be. */
export declare function isNameTaken(s: Services, username: string): Promise<boolean>;
/** Whether an account holds its address: it was confirmed, or is in use without. */
export declare function isHeld({ settings }: Services, { email_confirmed_at, last_login_at }: UserRow): boolean;
/** Removes, at most `count` at a time, accounts that were to be confirmed and never were. Gives how many. */
export declare function removeUnconfirmed(s: Services, count: number): Promise<number>;
