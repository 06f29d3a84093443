/** Several processes behind one port: starts them, replaces one that dies, and renews them all without dropping a request. */
import cluster, {} from "node:cluster";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
/** How long a process may take to finish what it has in hand. */
const stopWithinMs = 15_000;
/** Between a process that died and its successor, so that a fault at the start does not keep the machine busy. */
const restartAfterMs = 1_000;
/** Starts `count` processes of this same program. Rejects where the first of them end before they listen. */
export async function startWorkers(count, log) {
    let isStopping = false;
    const leaving = new Set();
    const replaceWhenItDies = (worker) => {
        worker.once("exit", async (code, signal) => {
            if (isStopping || leaving.delete(worker))
                return;
            log.error({ worker: worker.process.pid, code, signal }, "a worker has died and is replaced");
            await pause(restartAfterMs);
            if (!isStopping)
                replaceWhenItDies(cluster.fork());
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
function present() {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}
async function startOne() {
    const worker = cluster.fork();
    const ended = new AbortController();
    worker.once("exit", () => ended.abort(new Error("A worker ended before it was listening.")));
    await once(worker, "listening", { signal: ended.signal });
    return worker;
}
async function stopOne(worker) {
    if (worker.isDead())
        return;
    const exited = once(worker, "exit");
    worker.process.kill("SIGTERM");
    const giveUp = setTimeout(() => worker.process.kill("SIGKILL"), stopWithinMs);
    await exited;
    clearTimeout(giveUp);
}
