import { type Services } from "./services.ts";
/** Removes the account with its sessions, tokens and letters, within a transaction. Its records stay, and say nothing of whom. */
export declare function eraseUser(tx: Services, userId: string): Promise<void>;
/** Takes these accounts out of the records; for nobody it is the same statement (ASVS 6.3.8). */
export declare function forgetUsers(tx: Services, ids: readonly string[]): Promise<void>;
/** Erases an account whose time has come, unless logging in has taken that back by now; `tell` posts a last letter with it. */
export declare function eraseIfDue(s: Services, userId: string, tell?: (tx: Services) => Promise<void>): Promise<void>;
