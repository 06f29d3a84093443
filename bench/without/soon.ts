/** Plain async: whatever is there is waited for as well. */
export type Soon<T> = T | Promise<T>;

export function isToCome<T>(value: Soon<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

export async function after<T, Next>(value: Soon<T>, next: (value: T) => Soon<Next>): Promise<Next> {
  return next(await value);
}
