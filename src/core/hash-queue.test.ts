import { describe, expect, it } from "vitest";
import { createHashQueue, HashQueueFullError } from "./hash-queue.ts";

describe("the queue of passwords to check", () => {
  it("works on as many at once as there are slots, in the order in which they came [ASVS 15.2.2]", async () => {
    const queue = createHashQueue(100, undefined, 2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const work = (number: number) => async () => {
      most = Math.max(most, ++running);
      order.push(number);
      await new Promise(setImmediate);
      running--;
      return number;
    };
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => queue.run("scheme", work(i))));
    expect(most).toBe(2);
    expect(order).toEqual(results);
  });

  it("turns away who comes when the line is full, and goes on for the others", async () => {
    const queue = createHashQueue(2, undefined, 1);
    const gate = Promise.withResolvers<string>();
    const inside = queue.run("scheme", () => gate.promise);
    const waiting = [queue.run("scheme", async () => "a"), queue.run("scheme", async () => "b")];
    await expect(queue.run("scheme", async () => "c")).rejects.toThrow(HashQueueFullError);
    gate.resolve("done");
    expect(await Promise.all([inside, ...waiting])).toEqual(["done", "a", "b"]);
    expect(await queue.run("scheme", async () => "d")).toBe("d");
  });

  it("gives the slot on when a hash fails", async () => {
    const queue = createHashQueue(1, undefined, 1);
    const failing = queue.run("scheme", () => Promise.reject(new Error("broken")));
    const next = queue.run("scheme", async () => "next");
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("next");
  });
});
