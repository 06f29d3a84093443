/** Reads the processor time that a process and its children have used (Linux, /proc). */
import { readFileSync } from "node:fs";

/** The unit of `utime` and `stime` in /proc/PID/stat (proc(5)): 100 a second on every Linux that Node runs on. */
const msPerTick = 10;

/** Milliseconds of processor time, user and system, of a process with all threads and living children; undefined where /proc is missing. */
export function processorTime(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  return family(pid).reduce((sum, each) => sum + ticksOf(each) * msPerTick, 0);
}

function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").map(Number).filter(Boolean);
  } catch {
    return [];
  }
}

function ticksOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program stands in brackets and may hold anything, so fields are counted from the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    // It has ended since its parent was read.
    return 0;
  }
}
