import type { Page } from "./page.ts";
interface ErrorProps {
    readonly status: number;
    /** A sentence that says what happened. */
    readonly message: string;
    /** Lets an operator find the request in the log; shown where the fault is ours. */
    readonly requestId: string;
}
export declare function errorPage({ status, message, requestId }: ErrorProps): Page;
export {};
