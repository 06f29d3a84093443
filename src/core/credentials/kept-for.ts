/** Says how long a change can be reported, and what was removed is kept. */

/** Lifetime of the link "This wasn't me". */
export const keptForMs = 72 * 3_600_000;
