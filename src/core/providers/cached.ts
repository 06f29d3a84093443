/** Caches what was read from a provider. */

interface Entry<T> {
  readonly value: T;
  readonly readAt: number;
}

export interface Cached<T> {
  /** Reads it if the value is older than `maxAgeMs`; concurrent callers share one request. A failure is not cached. */
  readonly get: (now: number, maxAgeMs: number, read: () => Promise<T>) => Promise<T>;
  /** When it was last read, or reading it failed; undefined before that. */
  readonly triedAt: () => number | undefined;
}

export function cached<T>(): Cached<T> {
  let entry: Entry<T> | undefined;
  let reading: Promise<T> | undefined;
  let triedAt: number | undefined;
  const start = async (now: number, read: () => Promise<T>): Promise<T> => {
    triedAt = now;
    const value = await read();
    entry = { value, readAt: now };
    return value;
  };
  return {
    get: (now, maxAgeMs, read) => {
      if (entry && now - entry.readAt < maxAgeMs) return Promise.resolve(entry.value);
      reading ??= start(now, read).finally(() => {
        reading = undefined;
      });
      return reading;
    },
    triedAt: () => triedAt,
  };
}
