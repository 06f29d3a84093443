import { describe, expect, it } from "vitest";
import { lazy } from "./lazy.ts";

describe("lazy", () => {
  it("lazy: opens once for concurrent callers", async () => {
    let opened = 0;
    const resource = lazy(async () => ++opened);
    expect(resource.peek()).toBeUndefined();
    expect(await Promise.all([resource.get(), resource.get()])).toEqual([1, 1]);
    expect(await resource.get()).toBe(1);
  });

  it("lazy: a failure is not cached", async () => {
    let tries = 0;
    const resource = lazy(async () => {
      if (++tries === 1) throw new Error("EMFILE");
      return tries;
    });
    const both = await Promise.allSettled([resource.get(), resource.get()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await resource.get()).toBe(2);
    expect(await resource.get()).toBe(2);
  });
});
