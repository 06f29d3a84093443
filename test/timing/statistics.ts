/** Compares two series of times by a Mann-Whitney U test. */

export interface Comparison {
  /** Standard score of the Mann-Whitney U test. */
  readonly z: number;
  /** Second median minus first median. */
  readonly shiftMs: number;
  /** Whether they differ significantly, and by more than a network hides. */
  readonly differ: boolean;
}

/** By chance, |z| exceeds 3.29 in one of a thousand comparisons. */
const maxZ = 3.29;

/** Compares two series. A shift below `minShiftMs` is no leak, however significant. */
export function compare(first: readonly number[], second: readonly number[], minShiftMs: number): Comparison {
  const z = mannWhitneyZ(first, second);
  const shiftMs = median(second) - median(first);
  return { z, shiftMs, differ: Math.abs(z) > maxZ && Math.abs(shiftMs) > minShiftMs };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** Normal approximation of the rank sum, corrected for ties. */
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
