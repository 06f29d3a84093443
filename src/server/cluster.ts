/** Several processes behind one port: starts them, replaces one that dies, and renews them all without dropping a request. */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Settings } from "../config/load.ts";
import type { Logger } from "../core/telemetry.ts";

/** How long a process may take to finish what it has in hand. */
const stopWithinMs = 15_000;
/** How long one may take until it listens. */
const startWithinMs = 60_000;
/** Between a process that died and its successor, so that a fault at the start does not keep the machine busy. */
const restartAfterMs = 1_000;
/** The longest wait between two tries, while the system refuses to start a process. */
const mostRestartAfterMs = 30_000;

/** Tells a worker to stop without a lame-duck time: a signal would begin one. */
export const stopAtOnce = "latchkey:stop-at-once";

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
  /** Tells all of them that they will stop: they serve on, and say so on `/readyz`. From here on none is replaced. */
  readonly leave: () => void;
  /** Tells all of them to stop, and resolves when they have. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts as many processes of this same program as `workers` says. Throws {@link WorkerStartError} where one of the first does not come to listen.
 * `onDiskFailure` is told when one has ended because of that; it gets no successor.
 */
export async function startWorkers(
  { workers: count }: Pick<Settings, "workers">,
  log: Logger,
  onDiskFailure: () => void,
): Promise<Workers> {
  let isStopping = false;
  const leaving = new WeakSet<Worker>();
  // Descriptors, processes or memory may be used up for a moment: the others serve on meanwhile, and so must this process.
  const replace = async () => {
    for (let waitMs = restartAfterMs; ; waitMs = Math.min(waitMs * 2, mostRestartAfterMs)) {
      await pause(waitMs);
      if (isStopping) return;
      try {
        return replaceWhenItDies(fork());
      } catch (error) {
        log.error({ againInMs: Math.min(waitMs * 2, mostRestartAfterMs) }, `a worker could not be started: ${(error as Error).message}`);
      }
    }
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
        const successor = await startOne();
        replaceWhenItDies(successor);
        // Begun before the end was announced.
        if (isStopping) successor.process.kill("SIGTERM");
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
    leave: () => {
      isStopping = true;
      for (const worker of present()) worker.process.kill("SIGTERM");
    },
    stop,
  };
}

/** Throws {@link WorkerStartError} where the system refuses another process: Node tells of that by a worker without a process. */
function fork(): Worker {
  const refused = "The system starts no further process: descriptors, processes or memory are used up.";
  let worker: Worker;
  try {
    worker = cluster.fork();
  } catch (error) {
    throw new WorkerStartError(refused, { cause: error });
  }
  // Unheard, it would end the process that leads; how a worker ends, its "exit" says.
  worker.on("error", () => {});
  if (worker.process.pid !== undefined) return worker;
  if (cluster.workers) delete cluster.workers[worker.id];
  throw new WorkerStartError(refused);
}

function present(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function startOne(): Promise<Worker> {
  const worker = fork();
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
  if (worker.isConnected()) worker.send(stopAtOnce, (error) => error && worker.process.kill("SIGTERM"));
  else worker.process.kill("SIGTERM");
  const giveUp = setTimeout(() => worker.process.kill("SIGKILL"), stopWithinMs);
  await exited;
  clearTimeout(giveUp);
}
