/** Reads the CPU time of a process and its children (Linux, /proc). */
import { readFileSync } from "node:fs";

/** Unit of `utime` and `stime` in /proc/PID/stat (proc(5)): 1/100 s. */
const msPerTick = 10;

/** User and system time of a process with its threads and running children, in milliseconds; undefined except on Linux. */
export function cpuTime(pid: number): number | undefined {
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
    // The program name in parentheses may contain spaces and parentheses, so fields are counted after the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    // The process has exited meanwhile.
    return 0;
  }
}
