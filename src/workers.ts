/** Several processes behind one port: starts them, replaces one that dies, and renews them all without dropping a request. */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "./core/services.ts";

/** How long a process may take to finish what it has in hand. */
const stopWithinMs = 15_000;
/** Between a process that died and its successor, so that a fault at the start does not keep the machine busy. */
const restartAfterMs = 1_000;

export interface Workers {
  /** Replaces them one by one: each successor is listening before its predecessor is told to stop. */
  readonly renew: () => Promise<void>;
  /** Tells all of them to stop, and resolves when they have. */
  readonly stop: () => Promise<void>;
}

/** Starts `count` processes of this same program. Rejects where the first of them end before they listen. */
export async function startWorkers(count: number, log: Logger): Promise<Workers> {
  let isStopping = false;
  const leaving = new Set<Worker>();
  const replaceWhenItDies = (worker: Worker) => {
    worker.once("exit", async (code, signal) => {
      if (isStopping || leaving.delete(worker)) return;
      log.error({ worker: worker.process.pid, code, signal }, "a worker has died and is replaced");
      await pause(restartAfterMs);
      if (!isStopping) replaceWhenItDies(cluster.fork());
    });
    return worker;
  };
  await Promise.all(Array.from({ length: count }, async () => replaceWhenItDies(await startOne())));
  return {
    renew: async () => {
      for (const old of present()) {
        const worker = await startOne();
        replaceWhenItDies(worker);
        leaving.add(old);
        await stopOne(old);
      }
    },
    stop: async () => {
      isStopping = true;
      await Promise.all(present().map(stopOne));
    },
  };
}

function present(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function startOne(): Promise<Worker> {
  const worker = cluster.fork();
  const ended = new AbortController();
  worker.once("exit", () => ended.abort(new Error("A worker ended before it was listening.")));
  await once(worker, "listening", { signal: ended.signal });
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
