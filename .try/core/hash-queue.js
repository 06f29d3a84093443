/** Lets as many passwords be hashed at once as there are processors; the rest wait in a line of bounded length. */
import { availableParallelism } from "node:os";
/** Thrown when the line is full: the honest answer is 503 with `Retry-After`. */
export class HashQueueFullError extends Error {
    name = "HashQueueFullError";
}
/** A flood then costs its senders waiting, never us memory: each Argon2id at work takes 19 MiB (ASVS 15.2.2). */
export function createHashQueue(longest, onHash, slots = availableParallelism()) {
    const waiting = [];
    let running = 0;
    const leave = () => {
        const next = waiting.shift();
        if (next)
            next();
        else
            running--;
    };
    const enter = () => {
        if (running < slots) {
            running++;
            return undefined;
        }
        if (waiting.length >= longest)
            throw new HashQueueFullError("Too many passwords are waiting to be checked.");
        return new Promise((resolve) => waiting.push(resolve));
    };
    return {
        slots,
        run: async (scheme, hash) => {
            await enter();
            try {
                onHash?.(scheme);
                return await hash();
            }
            finally {
                leave();
            }
        },
    };
}
