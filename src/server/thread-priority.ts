/** Lets pages go before passwords where both want a processor: a login may wait for its turn, a page should not. */
import { readdirSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { constants, getPriority, setPriority } from "node:os";
import { cpusPerProcess } from "../core/credentials/password/hash-queue.ts";

/**
 * As many as a process has processors: two hashes that take turns on one would each push out of its caches what the other has there.
 * Never a single one, which a name that does not resolve, or a hash, would hold while a commit waits for the disk.
 */
export function hashThreads(processes: number): number {
  return Math.max(2, cpusPerProcess(processes));
}

/** A third of the way to the least (setpriority(2)): what else runs on the machine does not starve the logins. */
const below = 10;

/**
 * Lowers the priority of the threads that compute password hashes, which any user may do (setpriority(2)). Only Linux gives each
 * thread one of its own; elsewhere, and where the machine refuses, nothing is done. Only for a process that is ours alone: the
 * threads are those in which Node does all of its work beside the event loop.
 */
export async function deprioritizeHashThreads(): Promise<void> {
  if (process.platform !== "linux") return;
  try {
    // Whatever is asked of them makes Node start them all.
    await stat("/proc/self/task");
    // Relative to the process: a service that is started with a lower priority gives its hashes a lower one still.
    const niceness = Math.min(constants.priority.PRIORITY_LOW, getPriority() + below);
    for (const id of readdirSync("/proc/self/task")) {
      if (readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim() === "libuv-worker") setPriority(Number(id), niceness);
    }
  } catch {
    // Pages then wait their turn like anything else.
  }
}
