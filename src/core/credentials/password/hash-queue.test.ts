// Runs on one engine: no test uses the database.
import { availableParallelism } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHashQueue, HashQueueFullError, type HashRequester } from "./hash-queue.ts";

describe("hash queue", () => {
  it("hash queue: runs one hash per slot at once, in order of arrival", { tags: ["asvs-15.2.2"] }, async () => {
    const queue = createHashQueue(100, undefined, 2);
    let running = 0;
    let highest = 0;
    const order: number[] = [];
    const work = (number: number) => async () => {
      highest = Math.max(highest, ++running);
      order.push(number);
      await new Promise(setImmediate);
      running--;
      return number;
    };
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => queue.run("scheme", {}, work(i))));
    expect(highest).toBe(2);
    expect(order).toEqual(results);
  });

  it("hash queue: a full queue rejects new hashes and finishes the others", async () => {
    const queue = createHashQueue(2, undefined, 1);
    const gate = Promise.withResolvers<string>();
    const inside = queue.run("scheme", {}, () => gate.promise);
    const waiting = [queue.run("scheme", {}, async () => "a"), queue.run("scheme", {}, async () => "b")];
    await expect(queue.run("scheme", {}, async () => "c")).rejects.toThrow(HashQueueFullError);
    gate.resolve("done");
    expect(await Promise.all([inside, ...waiting])).toEqual(["done", "a", "b"]);
    expect(await queue.run("scheme", {}, async () => "d")).toBe("d");
  });

  it("hash queue: onHash is called at the start of each hash, and not for a rejected one", async () => {
    const started: string[] = [];
    const queue = createHashQueue(1, (scheme) => started.push(scheme), 1);
    const gate = Promise.withResolvers<void>();
    const [first, second] = [queue.run("a", {}, () => gate.promise), queue.run("b", {}, async () => undefined)];
    await expect(queue.run("c", {}, async () => undefined)).rejects.toThrow(HashQueueFullError);
    expect(started).toEqual(["a"]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(started).toEqual(["a", "b"]);
  });

  it("hash queue: the default number of slots is the number of CPUs", () => {
    expect(createHashQueue(1).slots).toBe(availableParallelism());
  });

  it("hash queue: failing hashes neither exceed the slots nor lose one", { tags: ["asvs-15.2.2"] }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 30 }), async (slots, works) => {
        const queue = createHashQueue(works.length, undefined, slots);
        let running = 0;
        let highest = 0;
        const work = (breaks: boolean) => async () => {
          highest = Math.max(highest, ++running);
          await Promise.resolve();
          running--;
          if (breaks) throw new Error("broken");
        };
        await Promise.allSettled(works.map((breaks) => queue.run("scheme", {}, work(breaks))));
        expect(highest).toBe(Math.min(slots, works.length));
        const gates = Array.from({ length: slots }, () => Promise.withResolvers<void>());
        const inside = gates.map(({ promise }) =>
          queue.run("scheme", {}, async () => {
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

  it("hash queue: a failed hash passes its slot to the next one", async () => {
    const queue = createHashQueue(1, undefined, 1);
    const failing = queue.run("scheme", {}, () => Promise.reject(new Error("broken")));
    const next = queue.run("scheme", {}, async () => "next");
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("next");
  });
});

describe("hash queue under a flood", () => {
  /** A queue whose only slot is taken; records which hashes start and which are rejected. */
  async function busyQueue(maxWaiting: number) {
    const queue = createHashQueue(maxWaiting, undefined, 1);
    const gate = Promise.withResolvers<void>();
    const started: string[] = [];
    const refused: string[] = [];
    const ask = (name: string, requester: HashRequester) =>
      queue
        .run("scheme", requester, async () => {
          started.push(name);
          await Promise.resolve();
        })
        .catch((error: unknown) => {
          if (!(error instanceof HashQueueFullError)) throw error;
          refused.push(name);
        });
    const inside = queue.run("scheme", {}, () => gate.promise);
    const drain = async (asked: readonly Promise<void>[]) => {
      gate.resolve();
      await Promise.all([inside, ...asked]);
    };
    return { queue, started, refused, ask, drain };
  }
  const here: HashRequester = { account: "ada", network: "here" };
  const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

  it.each<[string, (i: number) => HashRequester, HashRequester]>([
    ["sixty devices of one account", (i) => ({ account: "eve", device: `eve ${i % 60}`, network: "here" }), here],
    ["sixty devices on as many networks", (i) => ({ account: "eve", device: `eve ${i % 60}`, network: `network ${i % 60}` }), here],
    ["one account on six hundred networks", (i) => ({ account: "eve", network: `network ${i}` }), here],
    ["six hundred accounts on one network", (i) => ({ account: `eve ${i}`, network: "eve's" }), here],
  ])("%s: at most four hashes start before that of another user", { tags: ["asvs-2.4.1"] }, async (_, flooder, person) => {
    // Whatever part of the flood has been served before.
    for (const served of [0, 100, 500]) {
      const { started, ask, drain } = await busyQueue(2_400);
      const arrivals: Promise<void>[] = [];
      const flood = many(600, (i) =>
        ask("eve", flooder(i)).then(() => {
          if (started.length === served) arrivals.push(ask(`ada after ${started.length}`, person));
        }),
      );
      if (served === 0) arrivals.push(ask("ada after 0", person));
      await drain(flood);
      await Promise.all(arrivals);
      const name = started.find((each) => each.startsWith("ada")) ?? "";
      expect(started.indexOf(name) - Number(name.split(" ").at(-1))).toBeLessThanOrEqual(4);
      expect(started).toHaveLength(601);
    }
  });

  it("full hash queue: the newest hash of the largest requester is rejected, and not the newcomer's", {
    tags: ["asvs-2.4.1"],
  }, async () => {
    const { queue, started, refused, ask, drain } = await busyQueue(20);
    const flood = many(20, (i) => ask(`eve ${i}`, { account: `eve ${i}`, network: "eve's" }));
    const others = many(5, (i) => ask(`ada ${i}`, { account: `ada ${i}`, network: `ada's ${i}` }));
    expect(queue.waiting()).toBe(20);
    await drain([...flood, ...others]);
    expect(refused).toEqual(["eve 19", "eve 18", "eve 17", "eve 16", "eve 15"]);
    expect(started.filter((name) => name.startsWith("ada"))).toHaveLength(5);
    expect(started.filter((name) => name.startsWith("eve"))).toEqual(many(15, (i) => `eve ${i}`));
  });

  it("hash queue: one account holds a quarter of the queue at most", async () => {
    const { queue, refused, ask, drain } = await busyQueue(40);
    const flood = many(60, (i) => ask("eve", { account: "eve", device: `eve ${i}`, network: `network ${i}` }));
    expect(queue.waiting()).toBe(10);
    await drain(flood);
    expect(refused).toHaveLength(50);
    await ask("eve", { account: "eve" });
    expect(refused).toHaveLength(50);
  });

  it("hash queue: the last hash of a flood starts although others keep arriving", async () => {
    const { started, ask, drain } = await busyQueue(1_000);
    const flood = many(10, (i) => ask(`eve ${i}`, { account: `eve ${i}`, network: "eve's" }));
    const others: Promise<void>[] = [];
    let left = 2_000;
    // Each finished hash is followed by the next, so others always wait.
    const arrive = (): Promise<void> => {
      left--;
      return ask("other", { network: `other ${left}` }).then(() => (left > 0 ? arrive() : undefined));
    };
    for (let i = 0; i < 3; i++) others.push(arrive());
    await drain([...flood, ...others]);
    expect(started.indexOf("eve 9")).toBeLessThan(1_000);
  });
});
