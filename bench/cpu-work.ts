/** Measures the CPU time of work in this process. */

/** CPU time of all threads of this process, in milliseconds. */
export async function cpuOf<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1_000, value };
}
