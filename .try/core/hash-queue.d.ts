/** Thrown when the line is full: the honest answer is 503 with `Retry-After`. */
export declare class HashQueueFullError extends Error {
    name: string;
}
export interface HashQueue {
    /** Runs a hash when its turn comes. Throws {@link HashQueueFullError} when too many wait already. */
    readonly run: <T>(scheme: string, hash: () => Promise<T>) => Promise<T>;
    readonly slots: number;
}
/** A flood then costs its senders waiting, never us memory: each Argon2id at work takes 19 MiB (ASVS 15.2.2). */
export declare function createHashQueue(longest: number, onHash?: (scheme: string) => void, slots?: number): HashQueue;
