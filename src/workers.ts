/** Several processes behind one port: starts them, replaces one that dies, and renews them all without dropping a request. */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "./core/services.ts";

/** How long a process may take to finish what it has in hand. */
const stopWithinMs = 15_000;
/** How long one may take until it listens. */
const startWithinMs = 60_000;
/** Between a process that died and its successor, so that a fault at the start does not keep the machine busy. */
const restartAfterMs = 1_000;

/** What a worker ends with whose disk has failed (EX_IOERR of sysexits): what the others read is to be trusted no more than what it read. */
export const diskFailedCode = 74;

/** A process ended, or took too long, before it was listening; it has said why itself. */
export class WorkerStartError extends Error {
  override name = "WorkerStartError";
}

export interface Workers {
  /**
   * Replaces them one by one: each successor is listening before its predecessor is told to stop. Asked for while it is being done, it is
   * done once more. Throws {@link WorkerStartError}, and leaves those that are left, where a successor does not come to listen.
   */
  readonly renew: () => Promise<void>;
  /** Tells all of them to stop, and resolves when they have. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts `count` processes of this same program. Throws {@link WorkerStartError} where one of the first does not come to listen.
 * `onDiskFailure` is told when one has ended because of that; it gets no successor.
 */
export async function startWorkers(count: number, log: Logger, onDiskFailure: () => void): Promise<Workers> {
  let isStopping = false;
  const leaving = new WeakSet<Worker>();
  const replace = async () => {
    await pause(restartAfterMs);
    if (!isStopping) replaceWhenItDies(cluster.fork());
  };
  const replaceWhenItDies = (worker: Worker) => {
    worker.once("exit", async (code, signal) => {
      if (isStopping || leaving.has(worker)) return;
      if (code === diskFailedCode) return onDiskFailure();
      log.error({ worker: worker.process.pid, code, signal }, "a worker has died and is replaced");
      await replace();
    });
  };
  const stop = async () => {
    isStopping = true;
    await Promise.all(present().map(stopOne));
  };
  const renewAll = async () => {
    for (const old of present()) {
      if (isStopping) return;
      if (old.isDead()) continue;
      // From here on its successor is on its way, whenever it ends.
      leaving.add(old);
      try {
        replaceWhenItDies(await startOne());
      } catch (error) {
        if (isStopping) return;
        leaving.delete(old);
        if (old.isDead()) void replace();
        throw error;
      }
      await stopOne(old);
    }
  };
  try {
    await Promise.all(Array.from({ length: count }, async () => replaceWhenItDies(await startOne())));
  } catch (error) {
    await stop();
    throw error;
  }
  let renewal: Promise<void> = Promise.resolve();
  let isAskedFor = false;
  return {
    renew: () => {
      if (isAskedFor) return renewal;
      isAskedFor = true;
      renewal = renewal
        .catch(() => {})
        .then(() => {
          isAskedFor = false;
          return renewAll();
        });
      return renewal;
    },
    stop,
  };
}

function present(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function startOne(): Promise<Worker> {
  const worker = cluster.fork();
  const ended = new AbortController();
  worker.once("exit", () => ended.abort());
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(startWithinMs)]);
  await once(worker, "listening", { signal }).catch(() => {
    worker.process.kill("SIGKILL");
    throw new WorkerStartError(ended.signal.aborted ? "A worker ended before it was listening." : "A worker did not come to listen.");
  });
  return worker;
}

async function stopOne(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const exited = once(worker, "exit");
  worker.process.kill("SIGTERM");
  const giveUp = setTimeout(() => worker.process.kill("SIGKILL"), stopWithinMs);
  await exited;
  clearTimeout(giveUp);
}
