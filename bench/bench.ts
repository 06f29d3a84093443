/** Measures Latchkey beside its peers, in turns, and writes RESULTS.md. `npm run bench [-- --quick] [-- row …]`. */
import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { startPostgres, template } from "../test/postgres.ts";
import { disk, growth } from "./growth.ts";
import { hold } from "./hold.ts";
import type { Load, Measured } from "./load.ts";
import { add, addRatio, asTable, median, report, type Samples, skipped, spread } from "./report.ts";
import { loadTool, memoryOf, rawArgon2, type Server, startBareHono, startBetterAuth, startFlask, startOurs } from "./servers.ts";
import { sweeping } from "./sweeping.ts";

const { values, positionals: wanted } = parseArgs({ options: { quick: { type: "boolean", default: false } }, allowPositionals: true });
const quick = values.quick ?? false;
const seconds = quick ? 1 : 3;
const rounds = quick ? 2 : 3;
const accounts = 16;
/** Of a processor, for each worker: two of them leave the load tool, and a database server, what these want. */
const heldShare = 0.3;

const rows: Record<string, () => Promise<void>> = {
  logins,
  dashboard,
  "login-page": loginPage,
  saturated,
  workers,
  memory,
  start,
  growth: grow,
  sweeping: sweep,
};
for (const [name, row] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`${name} …`);
  await row();
  // After each row, so that what was measured stands even where a later one fails.
  if (wanted.length === 0 && !quick) writeFileSync(join(import.meta.dirname, "RESULTS.md"), report({ rounds, heldShare }));
}
console.error(asTable());

/** Logins as a browser does them: the form fetched, sent with its token, a session made; eight at a time. */
async function logins(): Promise<void> {
  const servers = await startAll([startOurs(), startBetterAuth(4_000), startFlask()]);
  const samples = await inTurns([
    { name: "Argon2id alone", measure: async () => rawArgon2(seconds) },
    ...servers.map((server) => ({
      name: server.name,
      measure: async () =>
        (await load({ kind: "logins", url: server.url, login: server.login, accounts, connections: 8, seconds })).perSecond,
    })),
  ]);
  addRatio({ what: "logins a second, 8 at a time", samples, other: "Argon2id alone", least: 0.85 });
  for (const { name } of servers.slice(1)) addRatio({ what: "logins a second, 8 at a time", samples, other: name, least: 5 });
  await stopAll(servers);
}

async function dashboard(): Promise<void> {
  const servers = await startAll([startOurs(), startBetterAuth(4_000), startFlask()]);
  const cookies = await Promise.all(servers.map((server) => server.cookie()));
  const samples = await inTurns(
    servers.map((server, i) => ({ name: server.name, measure: () => pagesPerSecond(`${server.url}/dashboard`, cookies[i]) })),
  );
  for (const { name } of servers.slice(1))
    addRatio({
      what: "dashboard pages a second, one process of ours, 16 connections",
      samples,
      other: name,
      least: name === "better-auth" ? 5 : 10,
    });
  await stopAll(servers);
}

async function loginPage(): Promise<void> {
  const ours = await startOurs();
  const bytes = (await (await fetch(`${ours.url}/login`)).text()).length;
  const bare = await startBareHono(bytes);
  const samples = await inTurns([
    { name: "Latchkey", measure: () => pagesPerSecond(`${ours.url}/login`) },
    { name: "bare Hono", measure: () => pagesPerSecond(`${bare.url}/`) },
  ]);
  addRatio({ what: `login pages a second (${bytes} bytes)`, samples, other: "bare Hono", least: 0.4 });
  await ours.stop();
  await bare.stop();
}

/** How long a page takes while passwords keep all processors busy. */
async function saturated(): Promise<void> {
  const [ours] = (await startAll([startOurs()])) as [Server];
  const headers = { cookie: await ours.cookie() };
  const probe = (path: string) => load({ kind: "pages", url: ours.url + path, headers, connections: 1, seconds });
  const [idle, busy, alive]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    idle.push((await probe("/dashboard")).p99Ms);
    for (const [path, into] of [
      ["/dashboard", busy],
      ["/healthz", alive],
    ] as const) {
      const flood = load({ kind: "logins", url: ours.url, login: ours.login, accounts, connections: 8, seconds: seconds + 2 });
      into.push((await probe(path)).p99Ms);
      await flood;
    }
  }
  add({
    what: "dashboard, 99th percentile, while logins saturate the processors",
    ours: spread(busy, "ms"),
    other: `idle: ${spread(idle, "ms")}`,
    ratio: (median(busy) / median(idle)).toFixed(1),
    target: "under 4",
    isMet: median(busy) / median(idle) < 4,
  });
  add({
    what: "/healthz, 99th percentile, meanwhile",
    ours: spread(alive, "ms"),
    other: "",
    ratio: "",
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
    inTurns([
      { name: "Latchkey", measure: () => pagesPerSecond(`${two.url}/dashboard`, cookie, 32) },
      { name: "1 worker", measure: () => pagesPerSecond(`${one.url}/dashboard`, cookie) },
    ]);
  const free = await measure();
  const holds = [one, two].map(({ pid }) => hold(pid, heldShare));
  const isHeld = holds.every((each) => each !== undefined);
  if (!isHeld) skipped.push("Holding each worker to a share of a processor: this machine does not let us.");
  const what = `dashboard pages a second, 2 workers, 16 connections each, ${engine}`;
  addRatio({ what, samples: free, other: "1 worker", least: 1.7 });
  try {
    if (isHeld) {
      const held = `the same, each worker held to ${heldShare * 100} % of a processor, ${engine}`;
      addRatio({ what: held, samples: await measure(), other: "1 worker, held as well", as: "1 worker", least: 1.7 });
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
  add({ what: "memory, idle", ours: `${idle.toFixed(0)} MB`, other: "", ratio: "", target: "under 100 MB", isMet: idle < 100 });
  await load({ kind: "logins", url: ours.url, login: ours.login, accounts, connections: 200, seconds });
  const most = memoryOf(ours.pid).most / 2 ** 20;
  add({
    what: "memory, the most during 200 logins at once",
    ours: `${most.toFixed(0)} MB`,
    other: "",
    ratio: "",
    target: "under 220 MB",
    isMet: most < 220,
  });
  await ours.stop();
}

async function start(): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < rounds + 2; i++) {
    const startedAt = performance.now();
    const ours = await startOurs();
    await (await fetch(`${ours.url}/login`)).text();
    times.push(performance.now() - startedAt);
    await ours.stop();
  }
  add({ what: "start to first page", ours: spread(times, "ms"), other: "", ratio: "", target: "under 500 ms", isMet: median(times) < 500 });
}

async function grow(): Promise<void> {
  for (const { what, few, many, unit } of await growth(quick)) {
    const ratio = median(many) / median(few);
    add({
      what,
      ours: spread(many, unit),
      other: `few rows: ${spread(few, unit)}`,
      ratio: ratio.toFixed(2),
      target: "at most 1.3",
      isMet: ratio <= 1.3,
    });
  }
  for (const { what, bytes } of disk.slice(-2))
    add({ what, ours: `${Math.round(bytes)} bytes`, other: "", ratio: "", target: "measured", isMet: undefined });
}

/** A promise of docs/sweeping.md. Not judged by the longest of a hundred thousand: that one tells when the disk had other things to do. */
async function sweep(): Promise<void> {
  for (const { what, waits } of await sweeping(quick)) {
    const sorted = waits.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    add({
      what,
      ours: `${at(0.999).toPrecision(3)} ms at the 99.9th percentile, the longest ${at(1).toPrecision(3)} ms`,
      other: "",
      ratio: "",
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

async function stopAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

/** A B A B: what the machine does besides falls on all of them alike. The first turn warms up and does not count. */
async function inTurns(takers: readonly { name: string; measure: () => Promise<number> }[]): Promise<Samples> {
  const samples: Samples = new Map(takers.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const { name, measure } of takers) {
      const figure = await measure();
      if (round >= 0) samples.get(name)?.push(figure);
    }
  }
  return samples;
}

async function load(what: Load): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "load.ts"), JSON.stringify(what)]);
  return JSON.parse(stdout) as Measured;
}

async function pagesPerSecond(url: string, cookie?: string, connections = 16): Promise<number> {
  const tool = loadTool();
  if (!tool) return (await load({ kind: "pages", url, headers: cookie ? { cookie } : {}, connections, seconds })).perSecond;
  const [command = "", ...first] = tool;
  const isWrk = command === "wrk";
  const header = cookie ? ["-H", isWrk ? `cookie: ${cookie}` : `cookie=${cookie}`] : [];
  const options = isWrk
    ? ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency"]
    : ["-c", String(connections), "-d", String(seconds), "--json", "--no-progress"];
  const { stdout } = await promisify(execFile)(command, [...first, ...options, ...header, url]);
  if (/Non-2xx or 3xx responses: [1-9]/.test(stdout)) throw new Error(`${url}: ${stdout}`);
  if (isWrk) return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  return (JSON.parse(stdout) as { requests: { average: number } }).requests.average;
}
