import type { Services } from "./core/services.ts";
export interface Background {
    /** Begins no further round, and resolves when the one under way is done. */
    readonly stop: () => Promise<void>;
}
export declare function startBackground(s: Services): Background;
