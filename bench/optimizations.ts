/** Measures the effect of each optimization by leaving it out. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cookieOf, formLogin, memoryOf, type Server, signUpByForm, startLatchkey } from "./servers.ts";
import { inTurns, openClient, type Slice } from "./slices.ts";

export interface Optimization {
  readonly what: string;
  readonly unit: string;
  /** One pair per turn: with and without the optimization. */
  readonly pairs: readonly { readonly on: number; readonly off: number }[];
}

/** Descriptions of the variants of `optimization-server.ts`. */
const descriptions: Readonly<Record<string, string>> = {
  "unbatched-responses": "responses of one turn of the event loop sent together",
  hmac: "own HMAC-SHA-256",
  random: "pool of random bytes",
  compiled: "queries compiled once",
  statements: "statements prepared once",
  "session-lookup": "session lookup without a promise",
};

/** CPU time of one dashboard in microseconds. */
export async function pageOptimizations(turns: number): Promise<Optimization[]> {
  const child = fork(join(import.meta.dirname, "optimization-server.ts"), { execArgv: [] });
  const client = openClient();
  try {
    const [ports] = (await once(child, "message")) as [Record<string, number>];
    const cpuUs = async () => {
      child.send("CPU time");
      return ((await once(child, "message")) as [number])[0];
    };
    const measurables = [];
    for (const [name, port] of Object.entries(ports)) {
      const url = `http://127.0.0.1:${port}`;
      await signUpByForm(url, 0, 303);
      const headers = { cookie: await cookieOf(url, formLogin) };
      const slice = async (): Promise<Slice> => {
        const before = await cpuUs();
        const { count, perSecond } = await client.run({ kind: "pages", url: `${url}/dashboard`, headers, connections: 16, seconds: 1 });
        return { perSecond, cpuMs: ((await cpuUs()) - before) / 1_000 / count };
      };
      measurables.push({ name, slice });
    }
    const samples = await inTurns(measurables, turns);
    const us = (name: string) => (samples.get(name) ?? []).map(({ cpuMs = Number.NaN }) => cpuMs * 1_000);
    const on = us("complete");
    return Object.entries(descriptions).map(([name, what]) => ({
      what,
      unit: "µs",
      pairs: us(name).map((off, i) => ({ on: on[i] ?? Number.NaN, off })),
    }));
  } finally {
    client.close();
    child.disconnect();
  }
}

/** 99th percentile of the dashboard's latency while logins use all CPUs, in milliseconds. */
export async function threadPriority(turns: number): Promise<Optimization> {
  return withAndWithout("thread-priority", "lower priority of hashing threads: dashboard, 99th percentile during logins", "ms", turns, p99);
}

/** Resident memory after concurrent logins and page views, in megabytes. Each turn starts a new server. */
export async function heap(turns: number): Promise<Optimization> {
  const pairs = [];
  for (let turn = 0; turn < turns; turn++) {
    const measure = async (env: Record<string, string>) => {
      const server = await startLatchkey(env);
      try {
        return await memoryAfterLoad(server);
      } finally {
        await server.stop();
      }
    };
    pairs.push({ on: await measure({}), off: await measure(without("heap")) });
  }
  return { what: "no pretenuring by V8: memory after 200 concurrent logins and 10 s of pages", unit: "MB", pairs };
}

function without(name: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${join(import.meta.dirname, `without/${name}.mjs`)}` };
}

async function withAndWithout(
  name: string,
  what: string,
  unit: string,
  turns: number,
  measure: (server: Server) => Promise<number>,
): Promise<Optimization> {
  const servers = [await startLatchkey(), await startLatchkey(without(name))] as const;
  const pairs = [];
  try {
    for (const server of servers) await server.signUp(0);
    for (let turn = 0; turn < turns; turn++) pairs.push({ on: await measure(servers[0]), off: await measure(servers[1]) });
  } finally {
    for (const server of servers) await server.stop();
  }
  return { what, unit, pairs };
}

async function p99({ url, login, cookie }: Server): Promise<number> {
  const [logins, pages] = [openClient(), openClient()];
  try {
    const flood = logins.run({ kind: "logins", url, login, accounts: 1, connections: 8, seconds: 2 });
    const headers = { cookie: await cookie() };
    const { p99Ms } = await pages.run({ kind: "pages", url: `${url}/dashboard`, headers, connections: 1, seconds: 1 });
    await flood;
    return p99Ms;
  } finally {
    logins.close();
    pages.close();
  }
}

async function memoryAfterLoad({ url, pid, login, signUp, cookie }: Server): Promise<number> {
  const client = openClient();
  try {
    for (let account = 0; account < 16; account++) await signUp(account);
    await client.run({ kind: "logins", url, login, accounts: 16, connections: 200, seconds: 3 });
    const headers = { cookie: await cookie() };
    await client.run({ kind: "pages", url: `${url}/dashboard`, headers, connections: 16, seconds: 10 });
    return memoryOf(pid).now / 2 ** 20;
  } finally {
    client.close();
  }
}
