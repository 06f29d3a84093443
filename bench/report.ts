/** What was measured, judged and put into words. */
import { availableParallelism, cpus, totalmem } from "node:os";

interface Row {
  readonly what: string;
  readonly ours: string;
  readonly other: string;
  readonly ratio: string;
  readonly target: string;
  readonly isMet: boolean | undefined;
}
/** How it was measured. */
interface Conditions {
  readonly rounds: number;
  /** Of a processor, for each worker that is held. */
  readonly heldShare: number;
}

/** Why a target is missed, as profiles and trials tell, by the beginning of what the row measures. */
const whatIsLeft: Readonly<Record<string, string>> = {
  "logins a second":
    "A login is a page fetched, a form posted and two transactions, one of which waits for the disk, beside one Argon2id; and the client that sends them runs on the same processors, which Argon2id alone has to itself.",
  "session check": "See the next; most of a check is not the engine's, so it shows less.",
  "login's look-up":
    "The same query takes some five microseconds more. Ten million rows lie in gigabytes: the last pages of both trees that it goes down are in no cache of the processor, and with each row another. A page cache of the engine's four, eight or sixteen times as large changed nothing, nor did mapping the file into memory; so it is the memory that is waited for, and not the system. The fewer rows take less than ever, for what surrounds the query takes half of what it did, so that the ratio grew while the time fell.",
  "dashboard pages a second, 2 workers":
    "There is no second processor left for a second worker: the load tool takes most of one, and PostgreSQL's server its share of both. How far two workers go where each has processors of its own is measured in the row below it.",
  memory: "Each hash under way takes 19 MB for as long as it lasts, by its parameters; the rest is Node.",
};

const results: Row[] = [];
export const skipped: string[] = [];

/** What each took part in a turn gave, by name. */
export type Samples = Map<string, number[]>;

interface Ratio {
  readonly what: string;
  readonly samples: Samples;
  readonly other: string;
  /** The other's name among the samples, where it is not the same. */
  readonly as?: string;
  readonly least: number;
}

export function addRatio({ what, samples, other, as = other, least }: Ratio): void {
  const [ours = [], theirs = []] = [samples.get("Latchkey"), samples.get(as)];
  const ratio = median(ours) / median(theirs);
  const isShare = least < 1;
  add({
    what,
    ours: spread(ours, ""),
    other: `${other}: ${spread(theirs, "")}`,
    ratio: isShare ? `${(ratio * 100).toFixed(0)} %` : ratio.toFixed(1),
    target: isShare ? `at least ${least * 100} %` : `at least ${least}`,
    isMet: ratio >= least,
  });
}

export function add(row: Row): void {
  results.push(row);
  console.error(
    `  ${row.what}: ${row.ours} | ${row.other} | ${row.ratio} (${row.target}) ${row.isMet === undefined ? "" : row.isMet ? "met" : "MISSED"}`,
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
    ({ what, ours, other, ratio, target, isMet }) =>
      `| ${what} | ${ours} | ${other} | ${ratio} | ${target} | ${isMet === undefined ? "" : isMet ? "met" : "**missed**"} |`,
  );
  return ["| what | Latchkey | beside it | ratio | target | |", "| --- | --- | --- | --- | --- | --- |", ...lines].join("\n");
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

export function report({ rounds, heldShare }: Conditions): string {
  const [processor] = cpus();
  return `# How fast it is

Measured by \`npm run bench\` in one go, each peer and Latchkey in turns: medians of ${rounds} turns, with the least and the most in brackets. The clients run on the same processors as the servers, so figures are shares of one machine, and the ratios are what counts.

${availableParallelism()} processors (${processor?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}. Latchkey and better-auth run from SQLite unless it says otherwise. Latchkey logs no requests here, as its peers do not.

${asTable()}
${[...new Set(skipped)].map((line) => `\n- Skipped: ${line}`).join("")}
${workersNote(heldShare)}${reasons()}`;
}
