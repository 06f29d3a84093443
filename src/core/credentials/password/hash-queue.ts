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
interface Share {
  /** Hashes that wait or run. */
  held: number;
  /** Virtual time of its last turn (start-time fair queueing). */
  served: number;
}

/** All accounts, devices or networks. `clock` is the virtual time of the last turn. */
interface ShareKind {
  readonly shares: Map<string, Share>;
  clock: number;
}

interface Entry {
  /** One per kind; undefined if the requester has no key. */
  readonly shares: readonly (Share | undefined)[];
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
  const kinds = Array.from({ length: 3 }, (): ShareKind => ({ shares: new Map(), clock: 0 }));
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
    const next = takeBest(waiting, ({ shares }) => -aheadOf(kinds, shares));
    if (next) {
      serve(kinds, next.shares);
      next.start();
    } else running--;
  };
  const enter = (entry: Entry): Promise<void> | undefined => {
    if (running < slots) {
      running++;
      serve(kinds, entry.shares);
      return undefined;
    }
    if ((entry.shares[0]?.held ?? 0) > maxOfAccount) throw refused();
    return new Promise((start, refuse) => {
      waiting.push({ ...entry, start, refuse });
      if (waiting.length <= maxWaiting) return;
      const last = takeBest(waiting, ({ shares }) => shares.reduce((sum, share) => sum + (share?.held ?? 0), 0), "newest");
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
function hold(kinds: readonly ShareKind[], { account, device, network }: HashRequester): Entry {
  const names = [account, device, network];
  const shares = kinds.map(({ shares: known, clock }, i) => {
    const name = names[i];
    if (name === undefined) return undefined;
    const share = known.get(name) ?? { held: 0, served: clock };
    share.held++;
    known.set(name, share);
    return share;
  });
  const release = () => {
    for (const [i, share] of shares.entries()) {
      if (share && --share.held === 0) kinds[i]?.shares.delete(names[i] ?? "");
    }
  };
  return { shares, release };
}

/** Unused shares are not saved up, or many idle accounts could make up for the one network that they share. */
function aheadOf(kinds: readonly ShareKind[], shares: Entry["shares"]): number {
  return shares.reduce((sum, share, i) => sum + (share ? Math.max(0, share.served - (kinds[i]?.clock ?? 0)) : 0), 0);
}

function serve(kinds: readonly ShareKind[], shares: Entry["shares"]): void {
  for (const [i, kind] of kinds.entries()) {
    const share = shares[i];
    const turn = Math.max(kind.clock, share?.served ?? 0);
    if (share) share.served = turn + 1;
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
