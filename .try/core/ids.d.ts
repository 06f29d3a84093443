/**
 * Makes UUIDs of version 7 (RFC 9562, 5.7), each after the one before, also within one millisecond and when the clock is set back:
 * the twelve bits behind the time count on from a random number (6.2, method 1). Several processes are in order by the millisecond.
 */
export declare function createIdSource(now: () => number): () => string;
