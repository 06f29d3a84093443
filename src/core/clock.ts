/** Reads the clock of this machine. */

/** Milliseconds since 1970, for code that runs before the services are open; else `s.now()`. */
export function systemClock(): number {
  return Date.now();
}
