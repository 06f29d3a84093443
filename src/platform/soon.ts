/** What is there already or will be: what needs no waiting goes on at once, for each wait costs a page a turn in the queue. */

export type Soon<T> = T | Promise<T>;

/** Whether it is still to come. By its shape: test runners give each file a `Promise` of its own. */
export function isToCome<T>(value: Soon<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Goes on with a value, at once where it is there. */
export function after<T, Next>(value: Soon<T>, next: (value: T) => Soon<Next>): Soon<Next> {
  return isToCome(value) ? value.then(next) : next(value);
}
