/** Starts, replaces and restarts worker processes behind one port. */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Settings } from "../config/load.ts";
import type { Logger } from "../core/telemetry.ts";

/** Then a stopping worker is killed. */
const stopTimeoutMs = 15_000;
/** Then a starting worker that does not listen is killed. */
const startTimeoutMs = 60_000;
/** Delay before a dead worker is replaced, so that a crash at the start does not loop at full speed. */
const restartAfterMs = 1_000;
/** Maximum delay between retries while the system cannot start a process. */
const maxRestartAfterMs = 30_000;

/** IPC message that stops a worker immediately; a signal would start the lame-duck time. */
export const stopAtOnce = "latchkey:stop-at-once";

/** IPC message of a worker whose server is closed, and its answer: the worker will be handed no more connections. */
const serverClosed = "latchkey:server-closed";

/** Exit code of a worker after a disk failure (EX_IOERR). Stops all workers, because they may read stale data too. */
export const diskFailedCode = 74;

/** A worker ended or timed out before it listened; it has logged the reason. */
export class WorkerStartError extends Error {
  override name = "WorkerStartError";
}

export interface Workers {
  /**
   * Restarts the workers one by one; each new one listens before the old one stops. A call during a restart runs another one afterwards.
   * Throws {@link WorkerStartError} if a new worker does not start; the old ones keep running.
   */
  readonly renew: () => Promise<void>;
  /** Announces the stop: workers keep serving while `/readyz` returns 503. Dead workers are no longer replaced. */
  readonly leave: () => void;
  /** Stops all workers; resolves when they have exited. */
  readonly stop: () => Promise<void>;
}

/** Starts the workers. Throws {@link WorkerStartError} if one does not start. After `onDiskFailure`, none is replaced. */
export async function startWorkers(
  { workers: count }: Pick<Settings, "workers">,
  log: Logger,
  onDiskFailure: () => void,
): Promise<Workers> {
  let isStopping = false;
  const leaving = new WeakSet<Worker>();
  // EMFILE, EAGAIN or ENOMEM may be temporary: retry instead of exiting, while the other workers serve.
  const replace = async () => {
    for (let waitMs = restartAfterMs; ; waitMs = Math.min(waitMs * 2, maxRestartAfterMs)) {
      await pause(waitMs);
      if (isStopping) return;
      try {
        return replaceWhenItDies(fork());
      } catch (error) {
        log.error({ againInMs: Math.min(waitMs * 2, maxRestartAfterMs) }, `cannot start a worker: ${(error as Error).message}`);
      }
    }
  };
  const replaceWhenItDies = (worker: Worker) => {
    worker.once("exit", async (code, signal) => {
      if (isStopping || leaving.has(worker)) return;
      if (code === diskFailedCode) return onDiskFailure();
      log.error({ worker: worker.process.pid, code, signal }, "a worker exited unexpectedly and is being replaced");
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
      // Its replacement is already starting, so its exit needs no further action.
      leaving.add(old);
      try {
        const successor = await startOne();
        replaceWhenItDies(successor);
        // Started before the stop was announced.
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

/** Throws {@link WorkerStartError} if the system cannot start a process: Node then returns a worker without a PID. */
function fork(): Worker {
  const refused = "The system cannot start another process: it is out of file descriptors, processes or memory.";
  let worker: Worker;
  try {
    worker = cluster.fork();
  } catch (error) {
    throw new WorkerStartError(refused, { cause: error });
  }
  // An unhandled `error` event would end the primary process; the `exit` event handles the worker.
  worker.on("error", () => {});
  worker.on("message", (message) => message === serverClosed && worker.send(serverClosed, () => {}));
  if (worker.process.pid !== undefined) return worker;
  if (cluster.workers) delete cluster.workers[worker.id];
  throw new WorkerStartError(refused);
}

/**
 * In a worker whose server is closed, waits until the primary process hands it no more connections. Node refuses one that was
 * already on its way, and the primary process gives it to another worker; a worker that exits would leave its client waiting.
 */
export async function refuseLastConnections(): Promise<void> {
  if (!process.connected) return;
  const answered = Promise.withResolvers<void>();
  const onMessage = (message: unknown) => message === serverClosed && answered.resolve();
  process.on("message", onMessage);
  process.once("disconnect", answered.resolve);
  process.send?.(serverClosed, (error: Error | null) => error && answered.resolve());
  await answered.promise;
  process.off("message", onMessage);
  process.off("disconnect", answered.resolve);
}

function present(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function startOne(): Promise<Worker> {
  const worker = fork();
  const ended = new AbortController();
  worker.once("exit", () => ended.abort());
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(startTimeoutMs)]);
  await once(worker, "listening", { signal }).catch(() => {
    worker.process.kill("SIGKILL");
    throw new WorkerStartError(
      ended.signal.aborted ? "A worker exited before it was listening." : "A worker did not start listening in time.",
    );
  });
  return worker;
}

async function stopOne(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const exited = once(worker, "exit");
  if (worker.isConnected()) worker.send(stopAtOnce, (error) => error && worker.process.kill("SIGTERM"));
  else worker.process.kill("SIGTERM");
  const giveUp = setTimeout(() => worker.process.kill("SIGKILL"), stopTimeoutMs);
  await exited;
  clearTimeout(giveUp);
}
