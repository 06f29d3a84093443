/** Measures Latchkey beside its peers, in turns, and writes RESULTS.md. `npm run bench [-- --quick] [-- row …]`. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres, template } from "../test/postgres.ts";
import { disk, growth } from "./growth.ts";
import { hold } from "./hold.ts";
import { add, addShortcut, asTable, compare, median, report, skipped, spread } from "./report.ts";
import {
  memoryOf,
  type PageServer,
  rawArgon2,
  type Server,
  startBareHono,
  startBetterAuth,
  startFlask,
  startOurs,
  startPlainNode,
} from "./servers.ts";
import { heap, pageShortcuts, quietThreads } from "./shortcuts.ts";
import { inTurns, openClient, pageSlice, sliceOf, type Taker } from "./slices.ts";
import { sweeping } from "./sweeping.ts";

const { values, positionals: wanted } = parseArgs({ options: { quick: { type: "boolean", default: false } }, allowPositionals: true });
const quick = values.quick ?? false;
/** Turns of one second each. */
const turns = quick ? 3 : 15;
const accounts = 16;
/** Of a processor, for each worker: two of them leave the load tool, and a database server, what these want. */
const heldShare = 0.3;
const client = openClient();
const beside = openClient();

const rows: Record<string, () => Promise<void>> = {
  logins,
  dashboard,
  "login-page": loginPage,
  saturated,
  workers,
  memory,
  start,
  shortcuts,
  growth: grow,
  sweeping: sweep,
};
for (const [name, row] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`${name} …`);
  await row();
  // After each row, so that what was measured stands even where a later one fails.
  if (wanted.length === 0 && !quick) writeFileSync(join(import.meta.dirname, "RESULTS.md"), report({ turns, heldShare }));
}
client.close();
beside.close();
console.error(asTable());

/** Logins as a browser does them: the form fetched, sent with its token, a session made; eight at a time. */
async function logins(): Promise<void> {
  const servers = await startAll([startOurs(), startBetterAuth(4_000), startFlask()]);
  const samples = await inTurns(
    [
      { name: "Argon2id alone", slice: async () => rawArgon2(1) },
      ...servers.map(({ name, url, pid, login }) => ({
        name,
        slice: () => sliceOf(client, pid, { kind: "logins", url, login, accounts, connections: 8, seconds: 1 }),
      })),
    ],
    turns,
  );
  const what = "logins, 8 at a time";
  compare({ what, samples, other: "Argon2id alone", rate: { least: 0.85 }, cpu: { most: 1.1 } });
  for (const { name } of servers.slice(1)) compare({ what, samples, other: name, rate: { least: 5 } });
  await stopAll(servers);
}

async function dashboard(): Promise<void> {
  const servers = await startAll([startOurs(), startBetterAuth(4_000), startFlask()]);
  const [ours] = servers as [Server];
  const limit = await startPlainNode(ours);
  const takers: Taker[] = [pages("the honest limit", limit, "/dashboard", limit.cookie)];
  for (const server of servers) takers.push(pages(server.name, server, "/dashboard", await server.cookie()));
  const samples = await inTurns(takers, turns);
  const what = "dashboards, one process, 16 connections";
  compare({ what, samples, other: "the honest limit", cpu: { most: 1.45 } });
  for (const { name } of servers.slice(1)) compare({ what, samples, other: name, rate: { least: name === "better-auth" ? 5 : 10 } });
  await stopAll([...servers, limit]);
}

async function loginPage(): Promise<void> {
  const ours = await startOurs();
  await ours.signUp(0);
  const bytes = (await (await fetch(`${ours.url}/login`)).text()).length;
  const [bare, limit] = [await startBareHono(bytes), await startPlainNode(ours)];
  const samples = await inTurns(
    [pages("the honest limit", limit, "/login"), pages("bare Hono", bare, "/"), pages(ours.name, ours, "/login")],
    turns,
  );
  const what = `login pages of ${bytes} bytes`;
  compare({ what, samples, other: "the honest limit", cpu: { most: 1.6 } });
  compare({ what, samples, other: "bare Hono", rate: { least: 0.4 } });
  await stopAll([ours, bare, limit]);
}

function pages(name: string, { url, pid }: Pick<PageServer, "url" | "pid">, path: string, cookie?: string): Taker {
  return { name, slice: () => pageSlice(client, { url: url + path, pid, cookie }) };
}

/** What each shortcut in our code buys: those that buy nothing only make it harder to read. */
async function shortcuts(): Promise<void> {
  for (const shortcut of await pageShortcuts(quick ? 2 : 10)) addShortcut(shortcut);
  addShortcut(await quietThreads(quick ? 2 : 10));
  addShortcut(await heap(quick ? 1 : 3));
}

/** How long a page takes while passwords keep all processors busy. */
async function saturated(): Promise<void> {
  const [ours] = (await startAll([startOurs()])) as [Server];
  const headers = { cookie: await ours.cookie() };
  const probe = (path: string) => beside.run({ kind: "pages", url: ours.url + path, headers, connections: 1, seconds: 1 });
  const [idle, busy, alive]: [number[], number[], number[]] = [[], [], []];
  for (let turn = 0; turn < turns; turn++) {
    idle.push((await probe("/dashboard")).p99Ms);
    for (const [path, into] of [
      ["/dashboard", busy],
      ["/healthz", alive],
    ] as const) {
      const flood = client.run({ kind: "logins", url: ours.url, login: ours.login, accounts, connections: 8, seconds: 2 });
      into.push((await probe(path)).p99Ms);
      await flood;
    }
  }
  add({
    what: "dashboard, 99th percentile, while logins saturate the processors",
    ours: spread(busy, "ms"),
    other: `idle: ${spread(idle, "ms")}`,
    ratio: (median(busy) / median(idle)).toFixed(1),
    cpu: "",
    target: "under 4",
    isMet: median(busy) / median(idle) < 4,
  });
  add({
    what: "/healthz, 99th percentile, meanwhile",
    ours: spread(alive, "ms"),
    other: "",
    ratio: "",
    cpu: "",
    target: "under 50 ms",
    isMet: median(alive) < 50,
  });
  await ours.stop();
}

/** Two workers against one. */
async function workers(): Promise<void> {
  if (availableParallelism() < 2) return void skipped.push("Two workers: there is one processor.");
  await twoWorkers("SQLite", (folder) => ({ DATABASE_URL: `sqlite:${folder}.sqlite` }));
  const server = await startPostgres();
  await twoWorkers("PostgreSQL", () => ({ DATABASE_URL: server.url(template) }));
  await server.remove();
}

async function twoWorkers(engine: string, settings: (name: string) => Record<string, string>): Promise<void> {
  const env = settings(`/tmp/latchkey-bench-${process.pid}`);
  const one = await startOurs({ ...env, WORKERS: "1" });
  await one.signUp(0);
  const two = await startOurs({ ...env, WORKERS: "2" });
  const cookie = await one.cookie();
  const measure = () =>
    inTurns(
      [
        { name: "Latchkey", slice: () => pageSlice(client, { url: `${two.url}/dashboard`, pid: two.pid, cookie, connections: 32 }) },
        { name: "1 worker", slice: () => pageSlice(client, { url: `${one.url}/dashboard`, pid: one.pid, cookie }) },
      ],
      turns,
    );
  const free = await measure();
  const holds = [one, two].map(({ pid }) => hold(pid, heldShare));
  const isVerifiedOwner = holds.every((each) => each !== undefined);
  if (!isVerifiedOwner) skipped.push("Holding each worker to a share of a processor: this machine does not let us.");
  const what = `dashboards, 2 workers, 16 connections each, ${engine}`;
  compare({ what, samples: free, other: "1 worker", rate: { least: 1.7 } });
  try {
    if (isVerifiedOwner) {
      const held = `the same, each worker held to ${heldShare * 100} % of a processor, ${engine}`;
      compare({ what: held, samples: await measure(), other: "1 worker, held as well", as: "1 worker", rate: { least: 1.7 } });
    }
  } finally {
    await one.stop();
    await two.stop();
    for (const removeGroups of holds) removeGroups?.();
  }
  if (env["DATABASE_URL"]?.startsWith("sqlite:")) execFileSync("sh", ["-c", `rm -f ${env["DATABASE_URL"].slice(7)}*`]);
}

async function memory(): Promise<void> {
  const [ours] = (await startAll([startOurs()])) as [Server];
  await fetch(`${ours.url}/login`);
  const idle = memoryOf(ours.pid).now / 2 ** 20;
  add({ what: "memory, idle", ours: `${idle.toFixed(0)} MB`, other: "", ratio: "", cpu: "", target: "under 100 MB", isMet: idle < 100 });
  await client.run({ kind: "logins", url: ours.url, login: ours.login, accounts, connections: 200, seconds: 3 });
  const most = memoryOf(ours.pid).most / 2 ** 20;
  add({
    what: "memory, the most during 200 logins at once",
    ours: `${most.toFixed(0)} MB`,
    other: "",
    ratio: "",
    cpu: "",
    target: "under 220 MB",
    isMet: most < 220,
  });
  await ours.stop();
}

async function start(): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    const ours = await startOurs();
    await (await fetch(`${ours.url}/login`)).text();
    times.push(performance.now() - startedAt);
    await ours.stop();
  }
  add({
    what: "start to first page",
    ours: spread(times, "ms"),
    other: "",
    ratio: "",
    cpu: "",
    target: "under 500 ms",
    isMet: median(times) < 500,
  });
}

async function grow(): Promise<void> {
  for (const { what, few, many, unit } of await growth(quick)) {
    const ratio = median(many) / median(few);
    add({
      what,
      ours: spread(many, unit),
      other: `few rows: ${spread(few, unit)}`,
      ratio: ratio.toFixed(2),
      cpu: "",
      target: "at most 1.3",
      isMet: ratio <= 1.3,
    });
  }
  for (const { what, bytes } of disk.slice(-2))
    add({ what, ours: `${Math.round(bytes)} bytes`, other: "", ratio: "", cpu: "", target: "measured", isMet: undefined });
}

/** A promise of docs/cleanup.md. Not judged by the longest of a hundred thousand: that one tells when the disk had other things to do. */
async function sweep(): Promise<void> {
  for (const { what, waits } of await sweeping(quick)) {
    const sorted = waits.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    add({
      what,
      ours: `${at(0.999).toPrecision(3)} ms at the 99.9th percentile, the longest ${at(1).toPrecision(3)} ms`,
      other: "",
      ratio: "",
      cpu: "",
      target: "under 50 ms",
      isMet: at(0.999) < 50,
    });
  }
}

async function startAll(starting: readonly Promise<Server | undefined>[]): Promise<Server[]> {
  const servers = (await Promise.all(starting)).filter((server) => server !== undefined);
  if (servers.length < starting.length)
    skipped.push("A peer that cannot be had here; Flask's application is looked for where `BENCH_FLASK` says.");
  for (const server of servers) for (let account = 0; account < accounts; account++) await server.signUp(account);
  return servers;
}

async function stopAll(servers: readonly Pick<Server, "stop">[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
