/** Collects results, compares them with targets and formats RESULTS.md. */
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Optimization } from "./optimizations.ts";
import type { Samples, Slice } from "./slices.ts";

interface Row {
  readonly what: string;
  readonly latchkey: string;
  readonly other: string;
  /** Latchkey's value divided by the other's. */
  readonly ratio: string;
  /** Latchkey's CPU time per operation divided by the other's. */
  readonly cpu: string;
  readonly target: string;
  readonly isMet: boolean | undefined;
}
/** Conditions of the measurement. */
interface Conditions {
  /** Number of turns, one second each. */
  readonly turns: number;
  /** CPU quota of each limited worker. */
  readonly cpuQuota: number;
}

/** Known reasons for missed targets, by the start of the row's name. */
const knownReasons: Readonly<Record<string, string>> = {
  "logins, ":
    "Besides one Argon2id hash, a login consists of a GET, a POST and two transactions, one of which waits for the disk. The client shares the CPUs, which the bare hashes have for themselves.",
  "session lookup": "Same reason as for the account lookup; the query is a smaller part of it.",
  "account lookup":
    "The query takes about 5 µs more. With ten million rows, the leaf pages of both B-trees are not in the CPU cache. A page cache of 4, 8 or 16 times the size and memory mapping changed nothing, so the time is memory latency. The ratio grew when the code around the query became faster.",
  "dashboards, 2 workers":
    "The load tool and the PostgreSQL server use most of the second CPU. The next row limits each worker to a CPU quota instead.",
  "login pages": "Latchkey renders each page, while the reference joins prepared strings.",
  "dashboard, 99th percentile":
    "While hashes use all CPUs, a page waits about 2 ms for one. The ratio is high because a page takes only 0.25 ms on an idle machine.",
  memory: "Each concurrent hash takes 19 MB, by its parameters; the rest is Node.",
};

const results: Row[] = [];
export const skipped: string[] = [];

interface Comparison {
  readonly what: string;
  readonly samples: Samples;
  readonly other: string;
  /** The other's name in the samples, if it differs. */
  readonly as?: string;
  /** Target of the ratio of rates. */
  readonly rate?: { readonly min: number };
  /** Target of the ratio of CPU times per operation. */
  readonly cpu?: { readonly max: number };
}

/** Adds a row that compares two servers by the median of the ratios of each turn, because the speed of a machine varies. */
export function compare({ what, samples, other, as = other, rate, cpu }: Comparison): void {
  const [latchkey = [], others = []] = [samples.get("Latchkey"), samples.get(as)];
  const rates = medianRatio(latchkey, others, ({ perSecond }) => perSecond);
  const times = medianRatio(latchkey, others, ({ cpuMs }) => cpuMs);
  const targets = [];
  if (rate) targets.push({ text: `rate at least ${asRatio(rate.min)}`, isMet: rates >= rate.min });
  if (cpu && !Number.isNaN(times)) targets.push({ text: `CPU at most ${asRatio(cpu.max)}`, isMet: times <= cpu.max });
  add({
    what,
    latchkey: formatSlices(latchkey),
    other: `${other}: ${formatSlices(others)}`,
    ratio: asRatio(rates),
    cpu: Number.isNaN(times) ? "" : asRatio(times),
    target: targets.map(({ text }) => text).join(", "),
    isMet: targets.length === 0 ? undefined : targets.every(({ isMet }) => isMet),
  });
}

/** Returns the median of the ratios of pairs. */
export function medianRatio(latchkey: readonly Slice[], others: readonly Slice[], figure: (slice: Slice) => number | undefined): number {
  return median(
    latchkey.flatMap((slice, i) => {
      const [a, b] = [figure(slice), figure(others[i] ?? { perSecond: Number.NaN, cpuMs: undefined })];
      return a === undefined || b === undefined ? [] : [a / b];
    }),
  );
}

function formatSlices(slices: readonly Slice[]): string {
  const times = slices.flatMap(({ cpuMs }) => cpuMs ?? []);
  const rate = `${spread(
    slices.map(({ perSecond }) => perSecond),
    "",
  )} per second`;
  if (times.length === 0) return rate;
  const ms = median(times);
  return `${rate}, ${ms < 1 ? `${(ms * 1_000).toFixed(0)} µs` : `${ms.toPrecision(3)} ms`}`;
}

function asRatio(ratio: number): string {
  return ratio.toPrecision(ratio >= 10 ? 3 : 2 + Number(ratio >= 1));
}

/** Adds the effect of an optimization: the median difference and half of its interquartile range. */
export function addOptimization({ what, unit, pairs }: Optimization): void {
  const differences = pairs.map(({ on, off }) => off - on).toSorted((a, b) => a - b);
  const at = (share: number) => differences[Math.round((differences.length - 1) * share)] ?? Number.NaN;
  const line = `| ${what} | ${spread(
    pairs.map(({ on }) => on),
    unit,
  )} | ${spread(
    pairs.map(({ off }) => off),
    unit,
  )} | ${at(0.5).toFixed(unit === "ms" ? 2 : 0)} ± ${((at(0.75) - at(0.25)) / 2).toFixed(unit === "ms" ? 2 : 0)} ${unit} |`;
  optimizationLines.push(line);
  console.error(`  ${line}`);
}

const optimizationLines: string[] = [];

function optimizationTable(): string {
  if (optimizationLines.length === 0) return "";
  return `
## Effect of each optimization

CPU time of one dashboard, unless stated otherwise, with and without the optimization in the same process, in turns of a second. The last column is the median difference ± half of the interquartile range.

| optimization | with it | without it | difference |
| --- | --- | --- | --- |
${optimizationLines.join("\n")}
`;
}

export function add(row: Row): void {
  results.push(row);
  console.error(
    `  ${row.what}: ${row.latchkey} | ${row.other} | ${row.ratio} | ${row.cpu} (${row.target}) ${row.isMet === undefined ? "" : row.isMet ? "met" : "MISSED"}`,
  );
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Formats the median with minimum and maximum. */
export function spread(numbers: readonly number[], unit: string): string {
  const round = (number: number) => (number >= 100 ? Math.round(number).toLocaleString("en") : number.toPrecision(3));
  const space = unit === "" ? "" : ` ${unit}`;
  return `${round(median(numbers))}${space} (${round(Math.min(...numbers))}–${round(Math.max(...numbers))})`;
}

export function asTable(): string {
  const lines = results.map(
    ({ what, latchkey, other, ratio, cpu, target, isMet }) =>
      `| ${what} | ${latchkey} | ${other} | ${ratio} | ${cpu} | ${target} | ${isMet === undefined ? "" : isMet ? "met" : "**missed**"} |`,
  );
  return ["| what | Latchkey | compared to | ratio | CPU | target | |", "| --- | --- | --- | --- | --- | --- | --- |", ...lines].join("\n");
}

function reasons(): string {
  const missed = results.filter(({ isMet }) => isMet === false).map(({ what }) => what);
  const found = Object.entries(knownReasons).filter(([beginning]) => missed.some((what) => what.startsWith(beginning)));
  const unknown = missed.filter((what) => !Object.keys(knownReasons).some((beginning) => what.startsWith(beginning)));
  found.push(...unknown.map((what): [string, string] => [what, "Unknown."]));
  return found.length === 0 ? "" : `\n## Missed targets\n\n${found.map(([what, why]) => `- **${what} …**: ${why}`).join("\n")}\n`;
}

/** Explains the rows of two workers. */
function workersNote(cpuQuota: number): string {
  if (!results.some(({ what }) => what.includes("limited to"))) return "";
  return `
Two workers, the load tool and the PostgreSQL server need more than ${availableParallelism()} CPUs. Therefore, there are two rows: without a limit, where the second worker gets the remaining CPU time, and with a cgroup quota of ${cpuQuota * 100} % of a CPU per worker, like on a larger machine.
`;
}

export function report({ turns, cpuQuota }: Conditions): string {
  const [processor] = cpus();
  return `# Benchmarks

Measured by \`npm run bench\`: Latchkey and each peer in turns of one second, ${turns} turns each. Numbers are medians, with minimum and maximum in parentheses. A ratio is the median of the ratios of each turn, because the speed of a machine varies. The clients share the CPUs with the servers, which lowers the rates; *CPU* is the ratio of the server's CPU times per operation, which does not depend on the client.

*plain node:http* is the reference: [a hundred lines](peers/plain-node.mjs) with one prepared statement and template strings that send the same pages and headers, look up the session and mask the CSRF token.

${availableParallelism()} CPUs (${processor?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}. Latchkey and better-auth use SQLite unless stated otherwise. No server logs requests.

${asTable()}
${[...new Set(skipped)].map((line) => `\n- Skipped: ${line}`).join("")}
${workersNote(cpuQuota)}${optimizationTable()}${reasons()}`;
}
