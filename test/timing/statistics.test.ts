/** Tests the statistics of the timing measurements. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { compare, median } from "./statistics.ts";

/** Pseudo-random times from a fixed seed. */
function times(count: number, ms: number, spreadMs: number, seed: number): number[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  return Array.from({ length: count }, () => ms + spreadMs * (random() + random() + random() - 1.5) + (random() > 0.97 ? 30 : 0));
}

describe("compare", () => {
  it("compare: finds an exploitable difference in both directions", () => {
    const [short, long] = [times(400, 70, 6, 1), times(400, 73, 6, 2)];
    expect(compare(short, long, 2)).toMatchObject({ differ: true });
    expect(compare(long, short, 2)).toMatchObject({ differ: true });
    expect(compare(short, long, 2).z).toBeGreaterThan(3.29);
    expect(compare(long, short, 2).z).toBeLessThan(-3.29);
  });

  it("compare: finds no difference between series of the same work", () => {
    expect(compare(times(400, 70, 6, 3), times(400, 70, 6, 4), 2)).toMatchObject({ differ: false });
    const same = times(400, 70, 6, 5);
    expect(compare(same, same, 0)).toMatchObject({ z: 0, shiftMs: 0, differ: false });
    expect(compare([5, 5, 5], [5, 5, 5], 0)).toMatchObject({ z: 0, differ: false });
  });

  it("compare: ignores a significant difference that is too small", () => {
    const result = compare(times(2_000, 70, 2, 6), times(2_000, 70.5, 2, 7), 2);
    expect(result.z).toBeGreaterThan(3.29);
    expect(result.differ).toBe(false);
  });

  it("compare: matches textbook values, with ties", () => {
    // U = 2 of 5 × 5, so z = (12.5 - 2) / √(25 · 11 / 12); in the second, two ties of a half each make U = 1 of 3 × 3.
    expect(compare([1, 2, 3, 4, 7], [5, 6, 8, 9, 10], 0).z).toBeCloseTo((12.5 - 2) / Math.sqrt((25 * 11) / 12), 10);
    expect(compare([1, 2, 2], [2, 3, 3], 0).z).toBeCloseTo((4.5 - 1) / Math.sqrt((9 / 12) * (7 - (24 + 6) / 30)), 10);
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });
});
