/** Holds processes to a share of a processor each, as on a machine with processors enough for them and for who asks them. Linux, as root. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const periodMicroseconds = 10_000;

/** Where groups of processes can be made: the first version of control groups, or the second. */
const places = [
  { root: "/sys/fs/cgroup/cpu", needs: "cpu.cfs_quota_us" },
  { root: "/sys/fs/cgroup", needs: "cgroup.subtree_control" },
] as const;

/**
 * Holds each of a server's processes that answer requests to `share` of a processor; gives what lets go of them once they have ended.
 * Undefined where this machine does not let us.
 */
export function hold(pid: number, share: number): (() => void) | undefined {
  const made: Group[] = [];
  try {
    for (const each of answering(pid)) made.push(holdOne(each, share));
    return () => {
      for (const { folder } of made) rmdirSync(folder);
    };
  } catch {
    for (const each of made) letGo(each);
    return undefined;
  }
}

/** One that leads others answers nobody itself. */
function answering(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  return children.length > 0 ? children : [pid];
}

interface Group {
  readonly root: string;
  readonly folder: string;
  readonly pid: number;
}

/** While it still runs. */
function letGo({ root, folder, pid }: Group): void {
  writeFileSync(join(root, "cgroup.procs"), String(pid));
  rmdirSync(folder);
}

function holdOne(pid: number, share: number): Group {
  const place = places.find(({ root, needs }) => existsSync(join(root, needs)));
  if (!place) throw new Error("There are no control groups here.");
  const folder = join(place.root, `latchkey-bench-${pid}`);
  const quota = Math.round(share * periodMicroseconds);
  if (place.needs === "cgroup.subtree_control") writeFileSync(join(place.root, place.needs), "+cpu");
  mkdirSync(folder);
  if (place.needs === "cgroup.subtree_control") {
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
  return { root: place.root, folder, pid };
}
