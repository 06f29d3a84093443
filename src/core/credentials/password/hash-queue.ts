/** Queues password hashes: bounded, and fair between accounts, devices and networks. */
import { availableParallelism } from "node:os";
import type { Telemetry } from "../../telemetry.ts";

/** CPUs for each of `processes` processes, at least one. */
export function cpusPerProcess(processes: number): number {
  return Math.max(1, Math.floor(availableParallelism() / processes));
}

/**
 * Slots for hashes: one more than there are CPUs, so that a finished thread finds the next hash waiting. With a single CPU there is
 * one slot, since two hashes would share it and both take longer.
 */
export function hashConcurrency(processes: number): number {
  const share = cpusPerProcess(processes);
  return share === 1 ? 1 : share + 1;
}

/** Thrown when the queue is full; answered with 503 and `Retry-After`. */
export class HashQueueFullError extends Error {
  override name = "HashQueueFullError";
}

/** The account, device and network that a hash is counted against. An undefined key counts against no share. */
export interface HashRequester {
  /** The account and the action, so that guesses at a login do not delay the owner's reset. */
  readonly account?: string;
  /** The device, if it has logged in to this account before. */
  readonly device?: string | undefined;
  /** An IPv4 address or an IPv6 /64. */
  readonly network?: string | undefined;
}

export interface HashQueue {
  /** Runs a hash in its turn. Throws {@link HashQueueFullError} if the queue is full and this requester has the most hashes in it. */
  readonly run: <T>(scheme: string, requester: HashRequester, hash: () => Promise<T>) => Promise<T>;
  readonly slots: number;
  /** Number of hashes that wait for a slot. */
  readonly waiting: () => number;
}

/** One account, device or network with hashes in the queue. */
interface Side {
  /** Hashes that wait or run. */
  held: number;
  /** Virtual time of its last turn (start-time fair queueing). */
  served: number;
}

/** All accounts, devices or networks. `clock` is the virtual time of the last turn. */
interface Kind {
  readonly sides: Map<string, Side>;
  clock: number;
}

interface Entry {
  /** One per kind; undefined if the requester has no key. */
  readonly sides: readonly (Side | undefined)[];
  readonly release: () => void;
}

interface Waiting extends Entry {
  readonly start: () => void;
  readonly refuse: (error: HashQueueFullError) => void;
}

/** Starvation: the clocks advance a little with each hash, or newcomers could overtake a busy requester forever. */
const aging = 1 / 64;

/**
 * Memory exhaustion by login floods: each running Argon2id hash takes 19 MiB, so their number is bounded (ASVS 15.2.2). The next hash is
 * the one whose account, device and network are together least ahead of their fair shares; a full queue drops the newest of the largest.
 */
export function createHashQueue(
  maxWaiting: number,
  onHash?: (scheme: string) => void,
  slots = availableParallelism(),
  telemetry?: Telemetry,
): HashQueue {
  const kinds = Array.from({ length: 3 }, (): Kind => ({ sides: new Map(), clock: 0 }));
  const waiting: Waiting[] = [];
  // Flood with a right password: rate limits release successes, so the share of one account is bounded here.
  const maxOfAccount = Math.max(slots, Math.ceil(maxWaiting / 4));
  let running = 0;
  const refused = () => {
    telemetry?.queueFull();
    return new HashQueueFullError("Too many passwords are waiting to be checked.");
  };
  const leave = (entry: Entry) => {
    entry.release();
    const next = takeBest(waiting, ({ sides }) => -aheadOf(kinds, sides));
    if (next) {
      serve(kinds, next.sides);
      next.start();
    } else running--;
  };
  const enter = (entry: Entry): Promise<void> | undefined => {
    if (running < slots) {
      running++;
      serve(kinds, entry.sides);
      return undefined;
    }
    if ((entry.sides[0]?.held ?? 0) > maxOfAccount) throw refused();
    return new Promise((start, refuse) => {
      waiting.push({ ...entry, start, refuse });
      if (waiting.length <= maxWaiting) return;
      const last = takeBest(waiting, ({ sides }) => sides.reduce((sum, side) => sum + (side?.held ?? 0), 0), "newest");
      last?.refuse(refused());
    });
  };
  return {
    slots,
    waiting: () => waiting.length,
    run: async (scheme, requester, hash) => {
      const from = telemetry ? performance.now() : 0;
      const entry = hold(kinds, requester);
      try {
        await enter(entry);
      } catch (error) {
        entry.release();
        throw error;
      }
      try {
        onHash?.(scheme);
        return await (telemetry ? telemetry.around({ kind: "hash", scheme, waitedMs: performance.now() - from }, hash) : hash());
      } finally {
        leave(entry);
      }
    },
  };
}

/** Memory exhaustion: keys without hashes are deleted at once, so a flood leaves none behind. */
function hold(kinds: readonly Kind[], { account, device, network }: HashRequester): Entry {
  const names = [account, device, network];
  const sides = kinds.map(({ sides: known, clock }, i) => {
    const name = names[i];
    if (name === undefined) return undefined;
    const side = known.get(name) ?? { held: 0, served: clock };
    side.held++;
    known.set(name, side);
    return side;
  });
  const release = () => {
    for (const [i, side] of sides.entries()) {
      if (side && --side.held === 0) kinds[i]?.sides.delete(names[i] ?? "");
    }
  };
  return { sides, release };
}

/** Unused shares are not saved up, or many idle accounts could make up for the one network that they share. */
function aheadOf(kinds: readonly Kind[], sides: Entry["sides"]): number {
  return sides.reduce((sum, side, i) => sum + (side ? Math.max(0, side.served - (kinds[i]?.clock ?? 0)) : 0), 0);
}

function serve(kinds: readonly Kind[], sides: Entry["sides"]): void {
  for (const [i, kind] of kinds.entries()) {
    const side = sides[i];
    const turn = Math.max(kind.clock, side?.served ?? 0);
    if (side) side.served = turn + 1;
    kind.clock = Math.max(kind.clock + aging, turn);
  }
}

/** Removes and returns the entry with the highest score; among equals the oldest, or the newest. */
function takeBest(waiting: Waiting[], score: (entry: Waiting) => number, which: "first" | "newest" = "first"): Waiting | undefined {
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [i, entry] of waiting.entries()) {
    const scored = score(entry);
    if (scored > highest || (scored === highest && which === "newest")) {
      best = i;
      highest = scored;
    }
  }
  return best < 0 ? undefined : waiting.splice(best, 1)[0];
}
