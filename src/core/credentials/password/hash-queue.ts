/** Hashes as many passwords at once as there are processors; the rest wait in a bounded queue, fair between accounts, devices and networks. */
import { availableParallelism } from "node:os";
import type { Telemetry } from "../../telemetry.ts";

/** How many processors are left to each of so many processes. */
export function cpusPerProcess(processes: number): number {
  return Math.max(1, Math.floor(availableParallelism() / processes));
}

/**
 * One more than are computed at once: it waits where the next one is taken from, so that no processor waits for us to hand it out. Not with
 * a single processor, where both would be computed and take turns.
 */
export function hashConcurrency(processes: number): number {
  const share = cpusPerProcess(processes);
  return share === 1 ? 1 : share + 1;
}

/** Thrown when the line is full: the honest answer is 503 with `Retry-After`. */
export class HashQueueFullError extends Error {
  override name = "HashQueueFullError";
}

/** Who asks for a hash, in names that only have to differ where the askers do. What is undefined is shared with nobody. */
export interface HashAsker {
  /** The account, with what is done to it: guessing at a login must not delay its owner's reset. */
  readonly account?: string;
  /** The browser, where it is known to have logged in to this account before. */
  readonly device?: string | undefined;
  /** An IPv4 address, or the /64 of an IPv6 one. */
  readonly network?: string;
}

export interface HashQueue {
  /** Runs a hash when its turn comes. Throws {@link HashQueueFullError} where the queue is full and nobody in it has asked for more. */
  readonly run: <T>(scheme: string, asker: HashAsker, hash: () => Promise<T>) => Promise<T>;
  readonly slots: number;
  /** How many wait for their turn. */
  readonly waiting: () => number;
}

/** One account, device or network while it has anything in the queue. */
interface Side {
  /** How many hashes wait or run. */
  held: number;
  /** How far it has been served, on its kind's clock (start-time fair queueing). */
  served: number;
}

/** Accounts, or devices, or networks: the clock stands at the turn that was served last. */
interface Kind {
  readonly sides: Map<string, Side>;
  clock: number;
}

interface Entry {
  /** Undefined where it is shared with nobody. */
  readonly sides: readonly (Side | undefined)[];
  readonly release: () => void;
}

interface Waiting extends Entry {
  readonly start: () => void;
  readonly refuse: (error: HashQueueFullError) => void;
}

/** The clocks go on a little with each hash, or newcomers could pass a side that asks for much for ever. */
const aging = 1 / 64;

/**
 * A flood then costs its senders waiting, never us memory: each Argon2id at work takes 19 MiB (ASVS 15.2.2).
 *
 * One attacker has many devices of one account, many accounts on one network, or one account on many networks: no order of keys holds
 * all three. So the next hash is the one whose account, device and network together are least ahead of their fair shares; and when the
 * queue is full, the newest of those who hold most of it is refused, not the newcomer.
 */
export function createHashQueue(
  longest: number,
  onHash?: (scheme: string) => void,
  slots = availableParallelism(),
  telemetry?: Telemetry,
): HashQueue {
  const kinds = Array.from({ length: 3 }, (): Kind => ({ sides: new Map(), clock: 0 }));
  const waiting: Waiting[] = [];
  // Every limit gives right passwords back, and an account may have any number of devices.
  const mostOfAccount = Math.max(slots, Math.ceil(longest / 4));
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
    if ((entry.sides[0]?.held ?? 0) > mostOfAccount) throw refused();
    return new Promise((start, refuse) => {
      waiting.push({ ...entry, start, refuse });
      if (waiting.length <= longest) return;
      const last = takeBest(waiting, ({ sides }) => sides.reduce((sum, side) => sum + (side?.held ?? 0), 0), "newest");
      last?.refuse(refused());
    });
  };
  return {
    slots,
    waiting: () => waiting.length,
    run: async (scheme, asker, hash) => {
      const from = telemetry ? performance.now() : 0;
      const entry = hold(kinds, asker);
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

/** Enters an asker into the books. What holds nothing is forgotten again, so the names of a flood are not kept. */
function hold(kinds: readonly Kind[], { account, device, network }: HashAsker): Entry {
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

/** A share that was not taken is not saved up: many accounts that waited long must not make up for their one network. */
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

/** Takes out the entry that scores highest: of several, the one that came first, or the newest. */
function takeBest(waiting: Waiting[], score: (entry: Waiting) => number, which: "first" | "newest" = "first"): Waiting | undefined {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (const [i, entry] of waiting.entries()) {
    const scored = score(entry);
    if (scored > most || (scored === most && which === "newest")) {
      best = i;
      most = scored;
    }
  }
  return best < 0 ? undefined : waiting.splice(best, 1)[0];
}
