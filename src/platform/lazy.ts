/** Opens a resource at its first use. */

/** Opens once. A failure is not cached: the next use tries again. */
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
  /** The resource if it is open or opening; never opens it. */
  readonly peek: () => Promise<T> | undefined;
}
