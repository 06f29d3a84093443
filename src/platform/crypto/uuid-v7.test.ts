import { describe, expect, it } from "vitest";
import { createIdSource } from "./uuid-v7.ts";

describe("UUIDv7", () => {
  it("UUIDv7: contains its time", () => {
    const id = createIdSource(() => 0x0123_4567_89ab)();
    expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("UUIDv7: is monotonic within a millisecond and when the clock is set back", () => {
    let now = 1_700_000_000_000;
    const next = createIdSource(() => now);
    const ids: string[] = [];
    for (let i = 0; i < 10_000; i++) {
      ids.push(next());
      if (i === 6_000) now -= 5;
      if (i === 7_000) now += 20;
    }
    expect(ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? ""))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("UUIDv7: cannot be guessed from the previous one", () => {
    const next = createIdSource(() => 1);
    const tails = Array.from({ length: 1_000 }, () => next().slice(-17));
    expect(new Set(tails).size).toBe(1_000);
  });
});
