/** What is opened at its first use. */

/** Opens once and keeps what came of it. A failure is not kept: who waits for it is told, and the next use opens anew. */
export function lazy<T>(open: () => Promise<T>): LazyOpened<T> {
  let opened: Promise<T> | undefined;
  return {
    get: () => {
      if (opened) return opened;
      const opening = open();
      opened = opening;
      opening.catch(() => {
        opened = undefined;
      });
      return opening;
    },
    peek: () => opened,
  };
}

export interface LazyOpened<T> {
  readonly get: () => Promise<T>;
  /** What is open or opening, without opening it. */
  readonly peek: () => Promise<T> | undefined;
}
