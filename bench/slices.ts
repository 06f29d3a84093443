/** Measures servers in turns, to cancel out changes of the machine's speed. */
import { execFile, fork } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { cpuTime } from "./cpu-time.ts";
import type { Load, Measured } from "./load.ts";
import { loadTool } from "./servers.ts";

/** Result of one turn. */
export interface Slice {
  readonly perSecond: number;
  /** The server's CPU time per operation in milliseconds; undefined except on Linux. */
  readonly cpuMs: number | undefined;
}

/** A server to measure. */
export interface Measurable {
  readonly name: string;
  readonly slice: () => Promise<Slice>;
}

/** Slices of each server by name; slices with the same index are of one turn. */
export type Samples = ReadonlyMap<string, readonly Slice[]>;

/** Turns before the measured ones: V8 optimizes the code during about ten thousand requests. */
const warmUpTurns = 6;

/** Measures A B, B A, A B … after the warm-up. */
export async function inTurns(measurables: readonly Measurable[], turns: number): Promise<Samples> {
  const samples = new Map<string, Slice[]>(measurables.map(({ name }) => [name, []]));
  for (let turn = -warmUpTurns; turn < turns; turn++) {
    // Alternating order: the second server finds CPU caches of the first.
    for (const { name, slice } of turn % 2 === 0 ? measurables : measurables.toReversed()) {
      const taken = await slice();
      if (turn >= 0) samples.get(name)?.push(taken);
    }
  }
  return samples;
}

/** A child process that sends requests. */
export interface Client {
  readonly run: (load: Load) => Promise<Measured>;
  readonly close: () => void;
}

export function openClient(): Client {
  const child = fork(join(import.meta.dirname, "load.ts"), { execArgv: [] });
  return {
    run: (load) =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error("The load process has exited."));
        child.once("exit", ended);
        child.once("message", (measured: Measured) => {
          child.off("exit", ended);
          resolve(measured);
        });
        child.send(load);
      }),
    close: () => child.disconnect(),
  };
}

/** Measures a slice with the client of `load.ts`. */
export async function sliceOf(client: Client, pid: number, load: Load): Promise<Slice> {
  const before = cpuTime(pid);
  const { count, perSecond } = await client.run(load);
  return { perSecond, cpuMs: perOperation(pid, before, count) };
}

/** Measures a slice of pages with wrk or autocannon, if installed. */
export async function pageSlice(client: Client, { url, pid, cookie, connections = 16, seconds = 1 }: Pages): Promise<Slice> {
  const tool = loadTool();
  if (!tool) return sliceOf(client, pid, { kind: "pages", url, headers: cookie ? { cookie } : {}, connections, seconds });
  const [command = "", ...first] = tool;
  const isWrk = command === "wrk";
  const header = cookie ? ["-H", isWrk ? `cookie: ${cookie}` : `cookie=${cookie}`] : [];
  const options = isWrk
    ? ["-t1", `-c${connections}`, `-d${seconds}s`]
    : ["-c", String(connections), "-d", String(seconds), "--json", "--no-progress"];
  const before = cpuTime(pid);
  const { stdout } = await promisify(execFile)(command, [...first, ...options, ...header, url]);
  if (/Non-2xx or 3xx responses: [1-9]/.test(stdout)) throw new Error(`${url}: ${stdout}`);
  const { count, perSecond } = isWrk ? readWrk(stdout) : readAutocannon(stdout);
  return { perSecond, cpuMs: perOperation(pid, before, count) };
}

interface Pages {
  readonly url: string;
  readonly pid: number;
  readonly cookie?: string | undefined;
  readonly connections?: number;
  readonly seconds?: number;
}

function readWrk(text: string): { count: number; perSecond: number } {
  return {
    count: Number(/(\d+) requests in/.exec(text)?.[1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
  };
}

function readAutocannon(text: string): { count: number; perSecond: number } {
  const { requests, non2xx } = JSON.parse(text) as { requests: { total: number; average: number }; non2xx: number };
  if (non2xx > 0) throw new Error(`${non2xx} responses failed.`);
  return { count: requests.total, perSecond: requests.average };
}

function perOperation(pid: number, before: number | undefined, count: number): number | undefined {
  const now = cpuTime(pid);
  return now === undefined || before === undefined || count === 0 ? undefined : (now - before) / count;
}
