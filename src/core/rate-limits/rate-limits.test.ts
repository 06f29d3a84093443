import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { actingAs } from "../request-info.ts";
import type { Services } from "../services.ts";
import { isSpent, perNetwork, type RateLimit, type Reservation, release, reserve, withReservation } from "./rate-limits.ts";

const minute = 60_000;

describe("a budget", () => {
  let app: TestApp;
  let s: Services;
  /** The instant that the services are told. */
  let at = Date.UTC(2030, 0, 1);
  let somebodies = 0;
  beforeAll(async () => {
    app = await testApp();
    s = { ...app.s, now: () => at };
  });
  afterAll(() => app.close());

  /** A budget of somebody whom nobody else has met. */
  const claim = (count: number, perMs = minute): RateLimit => ({ name: "guess", of: `somebody ${somebodies++}`, budget: { count, perMs } });
  const take = (...claims: RateLimit[]) => reserve(s, claims);

  async function taken(...claims: RateLimit[]): Promise<Reservation> {
    const attempt = await take(...claims);
    if (!attempt.ok) throw new Error("The budget was spent already.");
    return attempt;
  }

  async function times(number: number, ...claims: RateLimit[]): Promise<boolean[]> {
    const answers: boolean[] = [];
    for (let i = 0; i < number; i++) answers.push((await take(...claims)).ok);
    return answers;
  }

  it("lets as many through as it holds, and then nobody until its window ends", { tags: ["asvs-2.4.1", "asvs-6.3.1"] }, async () => {
    const three = claim(3);
    expect(await times(5, three)).toEqual([true, true, true, false, false]);
    at += minute - 1;
    expect((await take(three)).ok).toBe(false);
    at += 1;
    expect(await times(4, three)).toEqual([true, true, true, false]);
  });

  it("perNetwork: without a network, nothing is counted and nothing refused", async () => {
    const budget = { count: 1, perMs: minute };
    expect(perNetwork(requestFrom("203.0.113.1"), "guess", budget)).toEqual([{ name: "guess", of: "203.0.113.1", budget }]);
    const unlimited = perNetwork(actingAs("command line"), "guess", budget);
    expect(await times(3, ...unlimited)).toEqual([true, true, true]);
    await release(s, await taken(...unlimited));
  });

  it("says how long to wait in whole seconds, rounded up and never nought", async () => {
    const one = claim(1, 90_500);
    await taken(one);
    expect(await take(one)).toEqual({ ok: false, retryAfterSeconds: 91 });
    at += 90_000;
    expect(await take(one)).toEqual({ ok: false, retryAfterSeconds: 1 });
    at += 499;
    expect(await take(one)).toEqual({ ok: false, retryAfterSeconds: 1 });
    at += 1;
    expect((await take(one)).ok).toBe(true);
  });

  it("that was spent while the clock was ahead is forgotten when it is right again, and no other", async () => {
    const [one, other] = [claim(1, 60 * minute), claim(1, 60 * minute)];
    const right = at;
    at = right + 24 * 60 * minute;
    await taken(one);
    await taken(other);
    expect((await take(one)).ok).toBe(false);
    at = right;
    expect(await times(2, one)).toEqual([true, false]);
    expect(await reserve(s, [one])).toMatchObject({ ok: false, retryAfterSeconds: 3_600 });
    // Two machines differ by a little, and then one budget is still one.
    at = right + 24 * 60 * minute - 30_000;
    expect((await take(other)).ok).toBe(false);
    at = right;
  });

  it("has the window of its first attempt, which no later one puts off", async () => {
    const two = claim(2);
    await taken(two);
    at += minute - 1_000;
    await taken(two);
    expect(await take(two)).toEqual({ ok: false, retryAfterSeconds: 1 });
    at += 1_000;
    expect(await times(3, two)).toEqual([true, true, false]);
  });

  it("belongs to one somebody and one purpose", async () => {
    const mine = claim(1);
    await taken(mine);
    expect((await take({ ...mine, of: `${mine.of} else` })).ok).toBe(true);
    expect((await take({ ...mine, name: "another" })).ok).toBe(true);
    // Put end to end, these two read alike.
    const [one, other] = [
      { ...mine, name: "a", of: "b\nc" },
      { ...mine, name: "a\nb", of: "c" },
    ];
    expect([(await take(one)).ok, (await take(other)).ok]).toEqual([true, true]);
    expect((await take(mine)).ok).toBe(false);
  });

  it("is taken from together with the others or not at all, and says the longest of their waits", async () => {
    const [wide, spent, long] = [claim(2), claim(1), claim(1, 10 * minute)];
    await taken(spent);
    await taken(long);
    expect(await take(wide, spent)).toEqual({ ok: false, retryAfterSeconds: 60 });
    expect(await take(wide, spent, long)).toEqual({ ok: false, retryAfterSeconds: 600 });
    expect(await times(3, wide)).toEqual([true, true, false]);
  });

  it("counts all who ask at once", { tags: ["asvs-15.4.2"] }, async () => {
    const [ten, site] = [claim(10), claim(12)];
    const answers = await Promise.all(Array.from({ length: 40 }, () => take(site, ten)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(10);
    // Those who were turned away took nothing from the wider one.
    expect(await times(3, site)).toEqual([true, true, false]);
  });

  it("that is spent is refused by reading alone, so that a flood never takes the place of those who write", {
    tags: ["asvs-15.2.2"],
  }, async () => {
    const one = claim(1);
    await taken(one);
    app.resetRecords();
    await s.db.transaction().execute(async () => {
      // Whoever waited for this transaction to end would never get an answer within it.
      expect((await take(one)).ok).toBe(false);
    });
    expect(app.queries.filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  it("tells which attempt was its last, by the name of the budget", async () => {
    const [two, other] = [claim(2), { ...claim(1), name: "guess-else" }];
    const first = await taken(two);
    const second = await taken(two, other);
    expect([isSpent(first, "guess"), isSpent(second, "guess")]).toEqual([false, true]);
    expect([isSpent(second, "guess-else"), isSpent(second, "gues"), isSpent(first, "guess-else")]).toEqual([true, false, false]);
  });

  it("gets back what turns out to be no failure", async () => {
    const [two, other] = [claim(2), claim(5)];
    const first = await taken(two, other);
    await taken(two);
    await release(s, first);
    expect(await times(2, two)).toEqual([true, false]);
    expect(await times(6, other)).toEqual([true, true, true, true, true, false]);
  });

  it("gets nothing back into a window that the attempt was not taken from", async () => {
    const one = claim(1);
    const early = await taken(one);
    at += minute;
    await taken(one);
    await release(s, early);
    expect((await take(one)).ok).toBe(false);
  });

  it("gets the attempt back when the work breaks, and keeps it when the work is done", async () => {
    const two = claim(2);
    const broken = withReservation(s, await taken(two), Promise.reject(new Error("our own fault")));
    await expect(broken).rejects.toThrow("our own fault");
    expect(await withReservation(s, await taken(two), Promise.resolve("done"))).toBe("done");
    expect(await times(2, two)).toEqual([true, false]);
  });

  it("follows a smaller setting from the next attempt on", async () => {
    const five = claim(5);
    await times(3, five);
    const smaller = { ...five, budget: { count: 2, perMs: minute } };
    expect((await take(smaller)).ok).toBe(false);
    expect((await take(five)).ok).toBe(true);
  });

  it("keeps no address and no name, only what nobody can guess without the key", async () => {
    await taken({ ...claim(1), of: "canary@example.com" });
    const rows = await s.db.selectFrom("rate_limits").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain("canary");
    for (const { budget } of rows) expect(budget).toMatch(/^[\w\n-]+:[\w-]{22}$/);
  });

  it("counts as one would count on paper, whatever happens in whichever order", async () => {
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
        const claims = [claim(1, 1_000), claim(2, 2_000), claim(4, 3_000)];
        const paper = claims.map(() => ({ hits: 0, resetsAt: 0 }));
        const outstanding: { attempt: Reservation; lines: [number, number][] }[] = [];
        for (const each of steps) {
          if (each.do === "wait") at += each.ms;
          else if (each.do === "give back") {
            const [back] = outstanding.splice(each.which, 1);
            if (!back) continue;
            await release(s, back.attempt);
            for (const [i, resetsAt] of back.lines) if (paper[i]?.resetsAt === resetsAt) paper[i].hits--;
          } else {
            const attempt = await take(...each.which.flatMap((i) => claims[i] ?? []));
            const waits = each.which.map((i) => waitOnPaper(paper[i], claims[i]));
            const expected =
              Math.max(...waits) > 0 ? { ok: false, retryAfterSeconds: Math.ceil(Math.max(...waits) / 1_000) } : { ok: true };
            expect(attempt).toMatchObject(expected);
            if (attempt.ok) outstanding.push({ attempt, lines: each.which.map((i) => [i, countOnPaper(paper[i], claims[i])]) });
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

  /** Counts one more, and gives the end of the window that it stands in. */
  function countOnPaper(line: Line | undefined, of: RateLimit | undefined): number {
    if (!line || !of) return 0;
    if (line.resetsAt <= at) Object.assign(line, { hits: 0, resetsAt: at + of.budget.perMs });
    line.hits++;
    return line.resetsAt;
  }
});
