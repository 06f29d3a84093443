import { describe, expect, it } from "vitest";
import { lazy } from "./lazy.ts";

describe("lazy", () => {
  it("lazy: opens once for concurrent callers", async () => {
    let opened = 0;
    const it = lazy(async () => ++opened);
    expect(it.peek()).toBeUndefined();
    expect(await Promise.all([it.get(), it.get()])).toEqual([1, 1]);
    expect(await it.get()).toBe(1);
  });

  it("lazy: a failure is not cached", async () => {
    let tries = 0;
    const it = lazy(async () => {
      if (++tries === 1) throw new Error("EMFILE");
      return tries;
    });
    const both = await Promise.allSettled([it.get(), it.get()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await it.get()).toBe(2);
    expect(await it.get()).toBe(2);
  });
});
