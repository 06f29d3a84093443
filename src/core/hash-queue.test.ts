// Runs on one engine: what it tests does not touch the database.
import { availableParallelism } from "node:os";
import fc from "fast-check";
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

  it("tells of each hash by its scheme when it starts, and of none that was turned away", async () => {
    const started: string[] = [];
    const queue = createHashQueue(1, (scheme) => started.push(scheme), 1);
    const gate = Promise.withResolvers<void>();
    const [first, second] = [queue.run("a", () => gate.promise), queue.run("b", async () => undefined)];
    await expect(queue.run("c", async () => undefined)).rejects.toThrow(HashQueueFullError);
    expect(started).toEqual(["a"]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(started).toEqual(["a", "b"]);
  });

  it("has as many slots as there are processors, where nobody says otherwise", () => {
    expect(createHashQueue(1).slots).toBe(availableParallelism());
  });

  it("never works on more than its slots, nor loses one, whatever comes and breaks [ASVS 15.2.2]", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 30 }), async (slots, works) => {
        const queue = createHashQueue(works.length, undefined, slots);
        let running = 0;
        let most = 0;
        const work = (breaks: boolean) => async () => {
          most = Math.max(most, ++running);
          await Promise.resolve();
          running--;
          if (breaks) throw new Error("broken");
        };
        await Promise.allSettled(works.map((breaks) => queue.run("scheme", work(breaks))));
        expect(most).toBe(Math.min(slots, works.length));
        const gates = Array.from({ length: slots }, () => Promise.withResolvers<void>());
        const inside = gates.map(({ promise }) =>
          queue.run("scheme", async () => {
            running++;
            await promise;
          }),
        );
        await new Promise(setImmediate);
        expect(running).toBe(slots);
        for (const { resolve } of gates) resolve();
        await Promise.all(inside);
      }),
    );
  });

  it("gives the slot on when a hash fails", async () => {
    const queue = createHashQueue(1, undefined, 1);
    const failing = queue.run("scheme", () => Promise.reject(new Error("broken")));
    const next = queue.run("scheme", async () => "next");
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("next");
  });
});
