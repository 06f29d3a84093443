import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { actingAs } from "../request-info.ts";
import type { Services } from "../services.ts";
import { isSpent, perNetwork, type RateLimit, type Reservation, release, reserve, withReservation } from "./rate-limits.ts";

const minute = 60_000;

describe("rate limit", () => {
  let app: TestApp;
  let s: Services;
  /** The current time of the services. */
  let at = Date.UTC(2030, 0, 1);
  let keys = 0;
  beforeAll(async () => {
    app = await testApp();
    s = { ...app.s, now: () => at };
  });
  afterAll(() => app.close());

  /** A limit of a new key. */
  const newLimit = (count: number, perMs = minute): RateLimit => ({ name: "guess", of: `key ${keys++}`, budget: { count, perMs } });
  const reserveAll = (...limits: RateLimit[]) => reserve(s, limits);

  async function reserved(...limits: RateLimit[]): Promise<Reservation> {
    const attempt = await reserveAll(...limits);
    if (!attempt.ok) throw new Error("The budget was spent already.");
    return attempt;
  }

  async function times(number: number, ...limits: RateLimit[]): Promise<boolean[]> {
    const answers: boolean[] = [];
    for (let i = 0; i < number; i++) answers.push((await reserveAll(...limits)).ok);
    return answers;
  }

  it("rate limit: allows its count of attempts per window", { tags: ["asvs-2.4.1", "asvs-6.3.1"] }, async () => {
    const three = newLimit(3);
    expect(await times(5, three)).toEqual([true, true, true, false, false]);
    at += minute - 1;
    expect((await reserveAll(three)).ok).toBe(false);
    at += 1;
    expect(await times(4, three)).toEqual([true, true, true, false]);
  });

  it("perNetwork: without a network, nothing is counted and nothing refused", async () => {
    const budget = { count: 1, perMs: minute };
    expect(perNetwork(requestFrom("203.0.113.1"), "guess", budget)).toEqual([{ name: "guess", of: "203.0.113.1", budget }]);
    const unlimited = perNetwork(actingAs("command line"), "guess", budget);
    expect(await times(3, ...unlimited)).toEqual([true, true, true]);
    await release(s, await reserved(...unlimited));
  });

  it("rate limit: retryAfterSeconds is rounded up, and one at least", async () => {
    const one = newLimit(1, 90_500);
    await reserved(one);
    expect(await reserveAll(one)).toEqual({ ok: false, retryAfterSeconds: 91 });
    at += 90_000;
    expect(await reserveAll(one)).toEqual({ ok: false, retryAfterSeconds: 1 });
    at += 499;
    expect(await reserveAll(one)).toEqual({ ok: false, retryAfterSeconds: 1 });
    at += 1;
    expect((await reserveAll(one)).ok).toBe(true);
  });

  it("rate limit: a window set by a clock that was a day ahead counts as over, one of a small skew does not", async () => {
    const [one, other] = [newLimit(1, 60 * minute), newLimit(1, 60 * minute)];
    const right = at;
    at = right + 24 * 60 * minute;
    await reserved(one);
    await reserved(other);
    expect((await reserveAll(one)).ok).toBe(false);
    at = right;
    expect(await times(2, one)).toEqual([true, false]);
    expect(await reserve(s, [one])).toMatchObject({ ok: false, retryAfterSeconds: 3_600 });
    // Within the tolerated clock skew, the window counts.
    at = right + 24 * 60 * minute - 30_000;
    expect((await reserveAll(other)).ok).toBe(false);
    at = right;
  });

  it("rate limit: the window begins with the first attempt, and later ones do not extend it", async () => {
    const two = newLimit(2);
    await reserved(two);
    at += minute - 1_000;
    await reserved(two);
    expect(await reserveAll(two)).toEqual({ ok: false, retryAfterSeconds: 1 });
    at += 1_000;
    expect(await times(3, two)).toEqual([true, true, false]);
  });

  it("rate limit: counts per name and key", async () => {
    const mine = newLimit(1);
    await reserved(mine);
    expect((await reserveAll({ ...mine, of: `${mine.of} else` })).ok).toBe(true);
    expect((await reserveAll({ ...mine, name: "another" })).ok).toBe(true);
    // Joined by a line end, name and key of these two are equal.
    const [one, other] = [
      { ...mine, name: "a", of: "b\nc" },
      { ...mine, name: "a\nb", of: "c" },
    ];
    expect([(await reserveAll(one)).ok, (await reserveAll(other)).ok]).toEqual([true, true]);
    expect((await reserveAll(mine)).ok).toBe(false);
  });

  it("rate limits: an attempt counts against all or none, and returns the longest wait", async () => {
    const [wide, spent, long] = [newLimit(2), newLimit(1), newLimit(1, 10 * minute)];
    await reserved(spent);
    await reserved(long);
    expect(await reserveAll(wide, spent)).toEqual({ ok: false, retryAfterSeconds: 60 });
    expect(await reserveAll(wide, spent, long)).toEqual({ ok: false, retryAfterSeconds: 600 });
    expect(await times(3, wide)).toEqual([true, true, false]);
  });

  it("rate limits: concurrent attempts all count", { tags: ["asvs-15.4.2"] }, async () => {
    const [ten, site] = [newLimit(10), newLimit(12)];
    const answers = await Promise.all(Array.from({ length: 40 }, () => reserveAll(site, ten)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(10);
    // Rejected attempts did not count against the other limit.
    expect(await times(3, site)).toEqual([true, true, false]);
  });

  it("rate limit: attempts above it are rejected without a write", {
    tags: ["asvs-15.2.2"],
  }, async () => {
    const one = newLimit(1);
    await reserved(one);
    app.resetRecords();
    await s.db.transaction().execute(async () => {
      // A write would wait for this transaction forever.
      expect((await reserveAll(one)).ok).toBe(false);
    });
    expect(app.queries.filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  it("isSpent: is true for the attempt that reached the limit of this name", async () => {
    const [two, other] = [newLimit(2), { ...newLimit(1), name: "guess-else" }];
    const first = await reserved(two);
    const second = await reserved(two, other);
    expect([isSpent(first, "guess"), isSpent(second, "guess")]).toEqual([false, true]);
    expect([isSpent(second, "guess-else"), isSpent(second, "gues"), isSpent(first, "guess-else")]).toEqual([true, false, false]);
  });

  it("release: a released attempt does not count", async () => {
    const [two, other] = [newLimit(2), newLimit(5)];
    const first = await reserved(two, other);
    await reserved(two);
    await release(s, first);
    expect(await times(2, two)).toEqual([true, false]);
    expect(await times(6, other)).toEqual([true, true, true, true, true, false]);
  });

  it("release: an attempt of an earlier window does not change the current one", async () => {
    const one = newLimit(1);
    const early = await reserved(one);
    at += minute;
    await reserved(one);
    await release(s, early);
    expect((await reserveAll(one)).ok).toBe(false);
  });

  it("withReservation: releases the attempt if the work throws, and keeps it otherwise", async () => {
    const two = newLimit(2);
    const broken = withReservation(s, await reserved(two), Promise.reject(new Error("server error")));
    await expect(broken).rejects.toThrow("server error");
    expect(await withReservation(s, await reserved(two), Promise.resolve("done"))).toBe("done");
    expect(await times(2, two)).toEqual([true, false]);
  });

  it("rate limit: a lower setting applies to the next attempt", async () => {
    const five = newLimit(5);
    await times(3, five);
    const smaller = { ...five, budget: { count: 2, perMs: minute } };
    expect((await reserveAll(smaller)).ok).toBe(false);
    expect((await reserveAll(five)).ok).toBe(true);
  });

  it("rate limit: the stored key is a keyed hash without the email", async () => {
    await reserved({ ...newLimit(1), of: "canary@example.com" });
    const rows = await s.db.selectFrom("rate_limits").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain("canary");
    for (const { budget } of rows) expect(budget).toMatch(/^[\w\n-]+:[\w-]{22}$/);
  });

  it("rate limits: any sequence of attempts, waits and releases matches a simple model", async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant("take" as const), which: fc.constantFrom([0], [1], [0, 1], [1, 2], [0, 1, 2]) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 500, 999, 1_000, 3_000) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("give back" as const), which: fc.nat(20) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const limits = [newLimit(1, 1_000), newLimit(2, 2_000), newLimit(4, 3_000)];
        const paper = limits.map(() => ({ hits: 0, resetsAt: 0 }));
        const outstanding: { attempt: Reservation; lines: [number, number][] }[] = [];
        for (const each of steps) {
          if (each.do === "wait") at += each.ms;
          else if (each.do === "give back") {
            const [back] = outstanding.splice(each.which, 1);
            if (!back) continue;
            await release(s, back.attempt);
            for (const [i, resetsAt] of back.lines) if (paper[i]?.resetsAt === resetsAt) paper[i].hits--;
          } else {
            const attempt = await reserveAll(...each.which.flatMap((i) => limits[i] ?? []));
            const waits = each.which.map((i) => waitOnPaper(paper[i], limits[i]));
            const expected =
              Math.max(...waits) > 0 ? { ok: false, retryAfterSeconds: Math.ceil(Math.max(...waits) / 1_000) } : { ok: true };
            expect(attempt).toMatchObject(expected);
            if (attempt.ok) outstanding.push({ attempt, lines: each.which.map((i) => [i, countOnPaper(paper[i], limits[i])]) });
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  interface Line {
    hits: number;
    resetsAt: number;
  }

  function waitOnPaper(line: Line | undefined, of: RateLimit | undefined): number {
    if (!line || !of || line.resetsAt <= at) return 0;
    return line.hits >= of.budget.count ? line.resetsAt - at : 0;
  }

  /** Counts an attempt in the model. Returns the end of its window. */
  function countOnPaper(line: Line | undefined, of: RateLimit | undefined): number {
    if (!line || !of) return 0;
    if (line.resetsAt <= at) Object.assign(line, { hits: 0, resetsAt: at + of.budget.perMs });
    line.hits++;
    return line.resetsAt;
  }
});
