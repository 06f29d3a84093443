/** Lowers the priority of hashing threads below that of pages. */
import { readdirSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { constants, getPriority, setPriority } from "node:os";
import { cpusPerProcess } from "../core/credentials/password/hash-queue.ts";

/**
 * One thread per CPU of the process: two hashes on one CPU evict each other's cache lines. At least two, so that a hash or a slow DNS
 * lookup never blocks a commit.
 */
export function hashThreads(processes: number): number {
  return Math.max(2, cpusPerProcess(processes));
}

/** Added to the nice value. Half of the maximum, so that other programs do not starve logins. */
const addedNiceness = 10;

/**
 * Lowers the priority of the libuv thread pool, which needs no privileges; no-op except on Linux, which has per-thread priorities.
 * Not for the library: the pool is shared with the app.
 */
export async function deprioritizeHashThreads(): Promise<void> {
  if (process.platform !== "linux") return;
  try {
    // Any use of the pool makes libuv start all its threads.
    await stat("/proc/self/task");
    // Relative to the priority of the process.
    const niceness = Math.min(constants.priority.PRIORITY_LOW, getPriority() + addedNiceness);
    for (const id of readdirSync("/proc/self/task")) {
      if (readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim() === "libuv-worker") setPriority(Number(id), niceness);
    }
  } catch {
    // Without permission, all threads keep the same priority.
  }
}
