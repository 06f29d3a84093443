import type { Logger } from "./core/services.ts";
export interface Workers {
    /** Replaces them one by one: each successor is listening before its predecessor is told to stop. */
    readonly renew: () => Promise<void>;
    /** Tells all of them to stop, and resolves when they have. */
    readonly stop: () => Promise<void>;
}
/** Starts `count` processes of this same program. Rejects where the first of them end before they listen. */
export declare function startWorkers(count: number, log: Logger): Promise<Workers>;
