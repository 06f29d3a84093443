/** Whether two series of times come from the same work: what an attacker with patience would compute. */

export interface Comparison {
  /** The Mann-Whitney U test's z: how many standard deviations the ranks of the two lie apart. */
  readonly z: number;
  /** The second median less the first. */
  readonly shiftMs: number;
  /** Whether an attacker could tell them apart, and by more than a network would hide. */
  readonly differ: boolean;
}

/** |z| of 3.29 comes by chance once in a thousand comparisons. */
const mostZ = 3.29;

/** Compares two series. A shift below `leastShiftMs` is no leak, however sure it is. */
export function compare(first: readonly number[], second: readonly number[], leastShiftMs: number): Comparison {
  const z = mannWhitneyZ(first, second);
  const shiftMs = median(second) - median(first);
  return { z, shiftMs, differ: Math.abs(z) > mostZ && Math.abs(shiftMs) > leastShiftMs };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The rank sum of the first series against what chance would give, by the normal approximation with ties taken into account. */
function mannWhitneyZ(first: readonly number[], second: readonly number[]): number {
  const [n, m] = [first.length, second.length];
  const all = [...first.map((ms) => ({ ms, isFirst: true })), ...second.map((ms) => ({ ms, isFirst: false }))].sort((a, b) => a.ms - b.ms);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    const to = all.findLastIndex(({ ms }) => ms === all[from]?.ms) + 1;
    const rank = (from + 1 + to) / 2;
    rankSum += rank * all.slice(from, to).filter(({ isFirst }) => isFirst).length;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  return variance === 0 ? 0 : ((n * (n + m + 1)) / 2 - rankSum) / Math.sqrt(variance);
}
