import type { Services } from "./services.ts";
/** Sweeps once through everything, or until it is told to stop. Any number of processes may do so at once: each row goes once. */
export declare function sweepOnce(s: Services, stopping?: AbortSignal): Promise<void>;
