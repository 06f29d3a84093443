/** Measures what each shortcut in the code buys, by switching it off inside one process. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cookieOf, formLogin, memoryOf, type Server, signUpByForm, startOurs } from "./servers.ts";
import { inTurns, openClient, type Slice } from "./slices.ts";

export interface Shortcut {
  readonly what: string;
  readonly unit: string;
  /** Each with the shortcut, and in the same turn without it. */
  readonly pairs: readonly { readonly on: number; readonly off: number }[];
}

const said: Readonly<Record<string, string>> = {
  batchResponses: "answers of one turn of the event loop sent together",
  hmac: "own HMAC-SHA-256",
  random: "pool of random bytes",
  compiled: "queries put together once",
  statements: "statements prepared once",
  "read-at-once": "finding the session without a promise",
};

/** Microseconds of processor time for one dashboard. */
export async function pageShortcuts(turns: number): Promise<Shortcut[]> {
  const child = fork(join(import.meta.dirname, "shortcut-server.ts"), { execArgv: [] });
  const client = openClient();
  try {
    const [ports] = (await once(child, "message")) as [Record<string, number>];
    const cpuUs = async () => {
      child.send("processor time");
      return ((await once(child, "message")) as [number])[0];
    };
    const takers = [];
    for (const [name, port] of Object.entries(ports)) {
      const url = `http://127.0.0.1:${port}`;
      await signUpByForm(url, 0, 303);
      const headers = { cookie: await cookieOf(url, formLogin) };
      const slice = async (): Promise<Slice> => {
        const before = await cpuUs();
        const { count, perSecond } = await client.run({ kind: "pages", url: `${url}/dashboard`, headers, connections: 16, seconds: 1 });
        return { perSecond, cpuMs: ((await cpuUs()) - before) / 1_000 / count };
      };
      takers.push({ name, slice });
    }
    const samples = await inTurns(takers, turns);
    const us = (name: string) => (samples.get(name) ?? []).map(({ cpuMs = Number.NaN }) => cpuMs * 1_000);
    const on = us("nothing");
    return Object.entries(said).map(([name, what]) => ({
      what,
      unit: "µs",
      pairs: us(name).map((off, i) => ({ on: on[i] ?? Number.NaN, off })),
    }));
  } finally {
    client.close();
    child.disconnect();
  }
}

/** How long the slowest hundredth of pages takes while passwords keep all processors busy, in milliseconds. */
export async function quietThreads(turns: number): Promise<Shortcut> {
  return withAndWithout(
    "quiet-threads",
    "lower priority for the threads that hash: dashboard, 99th percentile under logins",
    "ms",
    turns,
    p99,
  );
}

/** Resident memory after a crowd of logins and the pages that follow, in megabytes. Each turn starts the program anew. */
export async function heap(turns: number): Promise<Shortcut> {
  const pairs = [];
  for (let turn = 0; turn < turns; turn++) {
    const measure = async (env: Record<string, string>) => {
      const server = await startOurs(env);
      try {
        return await memoryAfterCrowd(server);
      } finally {
        await server.stop();
      }
    };
    pairs.push({ on: await measure({}), off: await measure(without("heap")) });
  }
  return { what: "no pretenuring by V8: memory after 200 logins at once and 10 s of pages", unit: "MB", pairs };
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
): Promise<Shortcut> {
  const servers = [await startOurs(), await startOurs(without(name))] as const;
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

async function memoryAfterCrowd({ url, pid, login, signUp, cookie }: Server): Promise<number> {
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
