/** What was measured, judged and put into words. */
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Shortcut } from "./shortcuts.ts";
import type { Samples, Slice } from "./slices.ts";

interface Row {
  readonly what: string;
  readonly ours: string;
  readonly other: string;
  /** Ours by the other's: of rates, or of what else the row is about. */
  readonly ratio: string;
  /** Ours by the other's, of processor time for one operation. */
  readonly cpu: string;
  readonly target: string;
  readonly isMet: boolean | undefined;
}
/** How it was measured. */
interface Conditions {
  /** Of one second each. */
  readonly turns: number;
  /** Of a processor, for each worker that is held. */
  readonly heldShare: number;
}

/** Why a target is missed, as profiles and trials tell, by the beginning of what the row measures. */
const whatIsLeft: Readonly<Record<string, string>> = {
  "logins, ":
    "A login is a page fetched, a form posted and two transactions, one of which waits for the disk, beside one Argon2id; and the client that sends them runs on the same processors, which Argon2id alone has to itself.",
  "session check": "See the next; most of a check is not the engine's, so it shows less.",
  "login's look-up":
    "The same query takes some five microseconds more. Ten million rows lie in gigabytes: the last pages of both trees that it goes down are in no cache of the processor, and with each row another. A page cache of the engine's four, eight or sixteen times as large changed nothing, nor did mapping the file into memory; so it is the memory that is waited for, and not the system. The fewer rows take less than ever, for what surrounds the query takes half of what it did, so that the ratio grew while the time fell.",
  "dashboards, 2 workers":
    "There is no second processor left for a second worker: the load tool takes most of one, and PostgreSQL's server its share of both. How far two workers go where each has processors of its own is measured in the row below it.",
  "login pages": "Ours are put together anew for each answer, where the limit joins pieces that are ready.",
  "dashboard, 99th percentile":
    "With all processors busy with hashes, a page waits until one of them is given to it, some two milliseconds; the ratio is high because a page of an idle machine takes a quarter of one.",
  memory: "Each hash under way takes 19 MB for as long as it lasts, by its parameters; the rest is Node.",
};

const results: Row[] = [];
export const skipped: string[] = [];

interface Comparison {
  readonly what: string;
  readonly samples: Samples;
  readonly other: string;
  /** The other's name among the samples, where it is not the same. */
  readonly as?: string;
  /** Of rates, ours by the other's. */
  readonly rate?: { readonly least: number };
  /** Of processor time for one operation, ours by the other's. */
  readonly cpu?: { readonly most: number };
}

/** A row for two that took turns: the medians of the ratios of each turn, for a machine changes its speed from one to the next. */
export function compare({ what, samples, other, as = other, rate, cpu }: Comparison): void {
  const [ours = [], theirs = []] = [samples.get("Latchkey"), samples.get(as)];
  const rates = ofPairs(ours, theirs, ({ perSecond }) => perSecond);
  const times = ofPairs(ours, theirs, ({ cpuMs }) => cpuMs);
  const targets = [];
  if (rate) targets.push({ text: `rate at least ${asRatio(rate.least)}`, isMet: rates >= rate.least });
  if (cpu && !Number.isNaN(times)) targets.push({ text: `processor at most ${asRatio(cpu.most)}`, isMet: times <= cpu.most });
  add({
    what,
    ours: inWords(ours),
    other: `${other}: ${inWords(theirs)}`,
    ratio: asRatio(rates),
    cpu: Number.isNaN(times) ? "" : asRatio(times),
    target: targets.map(({ text }) => text).join(", "),
    isMet: targets.length === 0 ? undefined : targets.every(({ isMet }) => isMet),
  });
}

/** The median of ours by theirs, pair by pair. */
export function ofPairs(ours: readonly Slice[], theirs: readonly Slice[], figure: (slice: Slice) => number | undefined): number {
  return median(
    ours.flatMap((slice, i) => {
      const [a, b] = [figure(slice), figure(theirs[i] ?? { perSecond: Number.NaN, cpuMs: undefined })];
      return a === undefined || b === undefined ? [] : [a / b];
    }),
  );
}

function inWords(slices: readonly Slice[]): string {
  const times = slices.flatMap(({ cpuMs }) => cpuMs ?? []);
  const rate = `${spread(
    slices.map(({ perSecond }) => perSecond),
    "",
  )} a second`;
  if (times.length === 0) return rate;
  const ms = median(times);
  return `${rate}, ${ms < 1 ? `${(ms * 1_000).toFixed(0)} µs` : `${ms.toPrecision(3)} ms`}`;
}

function asRatio(ratio: number): string {
  return ratio.toPrecision(ratio >= 10 ? 3 : 2 + Number(ratio >= 1));
}

/** What a shortcut buys: the median of what each pair differs by, and half of the range in which the middle half of them lies. */
export function addShortcut({ what, unit, pairs }: Shortcut): void {
  const bought = pairs.map(({ on, off }) => off - on).toSorted((a, b) => a - b);
  const at = (share: number) => bought[Math.round((bought.length - 1) * share)] ?? Number.NaN;
  const line = `| ${what} | ${spread(
    pairs.map(({ on }) => on),
    unit,
  )} | ${spread(
    pairs.map(({ off }) => off),
    unit,
  )} | ${at(0.5).toFixed(unit === "ms" ? 2 : 0)} ± ${((at(0.75) - at(0.25)) / 2).toFixed(unit === "ms" ? 2 : 0)} ${unit} |`;
  shortcutLines.push(line);
  console.error(`  ${line}`);
}

const shortcutLines: string[] = [];

function shortcutTable(): string {
  if (shortcutLines.length === 0) return "";
  return `
## What each shortcut buys

Switched off inside one process, in turns of a second: processor time of one dashboard, where it says no other thing. The last column is the median of what the pairs differ by, and half of the range in which the middle half of them lies.

| shortcut | with it | without it | it buys |
| --- | --- | --- | --- |
${shortcutLines.join("\n")}
`;
}

export function add(row: Row): void {
  results.push(row);
  console.error(
    `  ${row.what}: ${row.ours} | ${row.other} | ${row.ratio} | ${row.cpu} (${row.target}) ${row.isMet === undefined ? "" : row.isMet ? "met" : "MISSED"}`,
  );
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The median, and the least and the most. */
export function spread(numbers: readonly number[], unit: string): string {
  const round = (number: number) => (number >= 100 ? Math.round(number).toLocaleString("en") : number.toPrecision(3));
  const space = unit === "" ? "" : ` ${unit}`;
  return `${round(median(numbers))}${space} (${round(Math.min(...numbers))}–${round(Math.max(...numbers))})`;
}

export function asTable(): string {
  const lines = results.map(
    ({ what, ours, other, ratio, cpu, target, isMet }) =>
      `| ${what} | ${ours} | ${other} | ${ratio} | ${cpu} | ${target} | ${isMet === undefined ? "" : isMet ? "met" : "**missed**"} |`,
  );
  return ["| what | Latchkey | beside it | ratio | processor | target | |", "| --- | --- | --- | --- | --- | --- | --- |", ...lines].join(
    "\n",
  );
}

function reasons(): string {
  const missed = results.filter(({ isMet }) => isMet === false).map(({ what }) => what);
  const found = Object.entries(whatIsLeft).filter(([beginning]) => missed.some((what) => what.startsWith(beginning)));
  const unknown = missed.filter((what) => !Object.keys(whatIsLeft).some((beginning) => what.startsWith(beginning)));
  found.push(...unknown.map((what): [string, string] => [what, "Not known yet."]));
  return found.length === 0 ? "" : `\n## What is missed, and why\n\n${found.map(([what, why]) => `- **${what} …**: ${why}`).join("\n")}\n`;
}

/** What has to be known of the rows about two workers. */
function workersNote(heldShare: number): string {
  if (!results.some(({ what }) => what.includes("held to"))) return "";
  return `
Two workers, the load tool and, where there is one, PostgreSQL's server want more than ${availableParallelism()} processors. So their rows come twice: as fast as the whole machine goes, where a second worker gets what the others leave, and with each worker held to ${heldShare * 100} % of a processor by a control group, where it gets what it would have on a larger machine.
`;
}

export function report({ turns, heldShare }: Conditions): string {
  const [processor] = cpus();
  return `# How fast it is

Measured by \`npm run bench\` in one go, each peer and Latchkey in turns of one second, ${turns} of each: medians, with the least and the most in brackets. A ratio is the median of the ratios of each turn, for machines change their speed. The clients run on the same processors as the servers, so rates are shares of one machine; beside each stands the processor time that the server takes for one operation, and *processor* is the ratio of these, which does not depend on the client.

*The honest limit* is [a hundred lines](peers/plain-node.mjs) on node:http with one prepared statement and template strings that send the same pages and headers, look up the same session and mask the same token.

${availableParallelism()} processors (${processor?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}. Latchkey and better-auth run from SQLite unless it says otherwise. Latchkey logs no requests here, as its peers do not.

${asTable()}
${[...new Set(skipped)].map((line) => `\n- Skipped: ${line}`).join("")}
${workersNote(heldShare)}${shortcutTable()}${reasons()}`;
}
