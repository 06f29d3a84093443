import type { Budget } from "../setting-kinds.ts";
import { type Services } from "./services.ts";
/** One budget of one somebody: "login-account" of an address, "signup-address" of a network, … */
export interface Claim {
    readonly name: string;
    readonly of: string;
    readonly budget: Budget;
}
/** An attempt that was counted, and can be given back when it turns out to be no failure. */
export interface TakenAttempt {
    readonly counted: readonly Counted[];
}
/** A count that an attempt stands in: of this budget, in the window that ends then. */
interface Counted {
    readonly budget: string;
    readonly resetsAt: number;
    /** Whether it was the last that the budget allows in this window. */
    readonly isLast: boolean;
}
export type Attempt = ({
    readonly ok: true;
} & TakenAttempt) | {
    readonly ok: false;
    readonly retryAfterSeconds: number;
};
/**
 * Counts one attempt against all the budgets, or against none when one is spent.
 * It is counted before the work, so two hundred at once count as two hundred (CVE-2019-5421).
 */
export declare function takeAttempt(s: Services, claims: readonly Claim[]): Promise<Attempt>;
/**
 * Takes an attempt off its counts again: limits count failures, not successes. Rows are taken in the order in which they were
 * counted, which an update of several would not promise; one that was swept away in the meantime comes back empty.
 */
export declare function giveBack(s: Services, { counted }: TakenAttempt): Promise<void>;
/** Lets nobody else count against this budget, or hold it, until the caller's transaction ends: what they do about one mailbox comes one by one. */
export declare function holdBudget(tx: Services, claim: Claim): Promise<void>;
/** Whether the attempt spent a budget of this name: whatever comes after it in the same window is refused. */
export declare function hasSpent({ counted }: TakenAttempt, name: string): boolean;
/** Waits for work that was counted, and gives the attempt back when it breaks: a fault of ours is nobody's failure. */
export declare function orGiveBack<T>(s: Services, attempt: TakenAttempt, work: Promise<T>): Promise<T>;
export {};
