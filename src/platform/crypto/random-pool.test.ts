import { describe, expect, it } from "vitest";
import { createRandomSource } from "./random-pool.ts";

describe("random bytes", () => {
  it("are as many as were asked for, and never the same twice, also where the pool runs out [ASVS 11.5.1]", () => {
    const random = createRandomSource();
    const seen = new Set<string>();
    for (let i = 0; i < 2_000; i++) {
      const bytes = random(32);
      expect(bytes).toHaveLength(32);
      seen.add(bytes.toString("hex"));
    }
    expect(seen.size).toBe(2_000);
  });

  it("are the receiver's own: what comes later does not change them", () => {
    const random = createRandomSource();
    const first = random(16);
    const before = first.toString("hex");
    for (let i = 0; i < 2_000; i++) random(16);
    expect(first.toString("hex")).toBe(before);
  });
});
