/** Limits the CPU quota of processes by cgroups (Linux, as root). */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const periodMicroseconds = 10_000;

/** Mount points of cgroups v1 and v2, with a file that identifies the version. */
const hierarchies = [
  { root: "/sys/fs/cgroup/cpu", marker: "cpu.cfs_quota_us" },
  { root: "/sys/fs/cgroup", marker: "cgroup.subtree_control" },
] as const;

/**
 * Limits each worker of a server to a share of a CPU. Returns a function that removes the cgroups after the processes have exited; undefined
 * if cgroups are not available.
 */
export function limitCpu(pid: number, share: number): (() => void) | undefined {
  const groups: Group[] = [];
  try {
    for (const each of workersOf(pid)) groups.push(limitOne(each, share));
    return () => {
      for (const { folder } of groups) rmdirSync(folder);
    };
  } catch {
    for (const each of groups) releaseProcess(each);
    return undefined;
  }
}

/** Returns the children of a primary process, or the process itself. */
function workersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  return children.length > 0 ? children : [pid];
}

interface Group {
  readonly root: string;
  readonly folder: string;
  readonly pid: number;
}

/** Removes the cgroup of a running process. */
function releaseProcess({ root, folder, pid }: Group): void {
  writeFileSync(join(root, "cgroup.procs"), String(pid));
  rmdirSync(folder);
}

function limitOne(pid: number, share: number): Group {
  const hierarchy = hierarchies.find(({ root, marker }) => existsSync(join(root, marker)));
  if (!hierarchy) throw new Error("cgroups are not available.");
  const folder = join(hierarchy.root, `latchkey-bench-${pid}`);
  const quota = Math.round(share * periodMicroseconds);
  if (hierarchy.marker === "cgroup.subtree_control") writeFileSync(join(hierarchy.root, hierarchy.marker), "+cpu");
  mkdirSync(folder);
  if (hierarchy.marker === "cgroup.subtree_control") {
    writeFileSync(join(folder, "cpu.max"), `${quota} ${periodMicroseconds}`);
  } else {
    writeFileSync(join(folder, "cpu.cfs_period_us"), String(periodMicroseconds));
    writeFileSync(join(folder, "cpu.cfs_quota_us"), String(quota));
  }
  try {
    writeFileSync(join(folder, "cgroup.procs"), String(pid));
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return { root: hierarchy.root, folder, pid };
}
