/** Measures servers in turns, one second each, so that a machine that changes speed changes it for all of them. */
import { execFile, fork } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Load, Measured } from "./load.ts";
import { processorTime } from "./processor-time.ts";
import { loadTool } from "./servers.ts";

/** What one turn gave. */
export interface Slice {
  readonly perSecond: number;
  /** Processor time of the server for one operation, in milliseconds; undefined where the system does not tell. */
  readonly cpuMs: number | undefined;
}

/** One of those that take turns. */
export interface Taker {
  readonly name: string;
  readonly slice: () => Promise<Slice>;
}

/** Of each taker, its slices; those at one index were taken in one turn. */
export type Samples = ReadonlyMap<string, readonly Slice[]>;

/** Not counted: the engine compiles for some ten thousand requests, and the more code a server has the longer. */
const warmUpTurns = 6;

/** A B A B …, after turns that warm up. */
export async function inTurns(takers: readonly Taker[], turns: number): Promise<Samples> {
  const samples = new Map<string, Slice[]>(takers.map(({ name }) => [name, []]));
  for (let turn = -warmUpTurns; turn < turns; turn++) {
    // Every other turn the other way round: who comes second finds the caches of the one before.
    for (const { name, slice } of turn % 2 === 0 ? takers : takers.toReversed()) {
      const taken = await slice();
      if (turn >= 0) samples.get(name)?.push(taken);
    }
  }
  return samples;
}

/** The client: a process of its own that stays warm from one slice to the next. */
export interface Client {
  readonly run: (load: Load) => Promise<Measured>;
  readonly close: () => void;
}

export function openClient(): Client {
  const child = fork(join(import.meta.dirname, "load.ts"), { execArgv: [] });
  return {
    run: (load) =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error("The load tool has ended."));
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

/** One slice of a load that our own client sends. */
export async function sliceOf(client: Client, pid: number, load: Load): Promise<Slice> {
  const before = processorTime(pid);
  const { count, perSecond } = await client.run(load);
  return { perSecond, cpuMs: perOperation(pid, before, count) };
}

/** One slice of pages, by the load tool that takes the least from the server beside it. */
export async function pageSlice(client: Client, { url, pid, cookie, connections = 16, seconds = 1 }: Pages): Promise<Slice> {
  const tool = loadTool();
  if (!tool) return sliceOf(client, pid, { kind: "pages", url, headers: cookie ? { cookie } : {}, connections, seconds });
  const [command = "", ...first] = tool;
  const isWrk = command === "wrk";
  const header = cookie ? ["-H", isWrk ? `cookie: ${cookie}` : `cookie=${cookie}`] : [];
  const options = isWrk
    ? ["-t1", `-c${connections}`, `-d${seconds}s`]
    : ["-c", String(connections), "-d", String(seconds), "--json", "--no-progress"];
  const before = processorTime(pid);
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
  if (non2xx > 0) throw new Error(`${non2xx} answers were no pages.`);
  return { count: requests.total, perSecond: requests.average };
}

function perOperation(pid: number, before: number | undefined, count: number): number | undefined {
  const now = processorTime(pid);
  return now === undefined || before === undefined || count === 0 ? undefined : (now - before) / count;
}
