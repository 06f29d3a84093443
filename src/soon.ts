/** What is there already or will be: what needs no waiting goes on at once, for each wait costs a page a turn in the queue. */

export type Soon<T> = T | Promise<T>;

/** Goes on with a value, at once where it is there. */
export function after<T, Next>(value: Soon<T>, next: (value: T) => Soon<Next>): Soon<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
