/** How many letters may be asked for: by one network, and for one mailbox. */
import { type Attempt } from "../core/limits.ts";
import type { Services } from "../core/services.ts";
import type { Context } from "./context.ts";
/** Counts a letter against whoever asks for it: past the budget, the answer may say so. */
export declare function takeLetterOfSender(c: Context): Promise<Attempt>;
/**
 * Whether one more letter may go to a mailbox, counted whether it has an account or not. Past the budget nothing is sent and
 * the answer stays the same: a person who asks for a sixth letter has five, and an attacker learns nothing.
 */
export declare function mayFillMailbox(c: Context, email: string): Promise<boolean>;
/** Makes what several requests want to write to one mailbox come one after another, within the caller's transaction. */
export declare function holdMailbox(tx: Services, email: string): Promise<void>;
/** Counts a letter against its sender and its mailbox at once, where a person who is logged in may know that the budget is spent. */
export declare function takeLetterTo(c: Context, email: string): Promise<Attempt>;
/** Counts a code or a link that somebody tries. */
export declare function takeCodeTry(c: Context): Promise<Attempt>;
