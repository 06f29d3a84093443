import { describe, expect, it } from "vitest";
import { createRandomSource } from "./random-pool.ts";

describe("random bytes", () => {
  it("random bytes: have the requested length and never repeat", { tags: ["asvs-11.5.1"] }, () => {
    const random = createRandomSource();
    const seen = new Set<string>();
    for (let i = 0; i < 2_000; i++) {
      const bytes = random(32);
      expect(bytes).toHaveLength(32);
      seen.add(bytes.toString("hex"));
    }
    expect(seen.size).toBe(2_000);
  });

  it("random bytes: later calls do not change earlier results", () => {
    const random = createRandomSource();
    const first = random(16);
    const before = first.toString("hex");
    for (let i = 0; i < 2_000; i++) random(16);
    expect(first.toString("hex")).toBe(before);
  });
});
