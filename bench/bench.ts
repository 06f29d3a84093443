/** Compares Latchkey with its peers and writes RESULTS.md. `npm run bench [-- --quick] [-- row …]`. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres, template } from "../test/postgres.ts";
import { measureAdminPages } from "./admin-pages.ts";
import { measureCleanup } from "./cleanup.ts";
import { limitCpu } from "./cpu-quota.ts";
import { disk, growth } from "./growth.ts";
import { heap, pageOptimizations, threadPriority } from "./optimizations.ts";
import { measureProviderLogins } from "./provider-logins.ts";
import { add, addOptimization, asTable, compare, median, report, skipped, spread } from "./report.ts";
import { measureSecondFactors } from "./second-factors.ts";
import {
  memoryOf,
  type PageServer,
  rawArgon2,
  type Server,
  startBareHono,
  startBetterAuth,
  startFlask,
  startLatchkey,
  startPlainNode,
} from "./servers.ts";
import { inTurns, type Measurable, openClient, pageSlice, sliceOf } from "./slices.ts";

const { values, positionals: wanted } = parseArgs({ options: { quick: { type: "boolean", default: false } }, allowPositionals: true });
const quick = values.quick ?? false;
/** Number of turns, one second each. */
const turns = quick ? 3 : 15;
const accounts = 16;
/** CPU quota of each worker: two workers then leave enough CPU to the load tool and the database server. */
const cpuQuota = 0.3;
const client = openClient();
const probeClient = openClient();

const rows: Record<string, () => Promise<void>> = {
  logins,
  dashboard,
  "login-page": loginPage,
  saturated,
  workers,
  memory,
  start,
  optimizations,
  growth: grow,
  cleanup: cleanUp,
  admin: adminPages,
  factors: secondFactors,
  providers: providerLogins,
};
for (const [name, row] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`${name} …`);
  await row();
  // Written after each row, so that results survive a failure of a later row.
  if (wanted.length === 0 && !quick) writeFileSync(join(import.meta.dirname, "RESULTS.md"), report({ turns, cpuQuota }));
}
client.close();
probeClient.close();
console.error(asTable());

/** Browser logins, 8 at a time: GET the form, POST it with its token. */
async function logins(): Promise<void> {
  const servers = await startAll([startLatchkey(), startBetterAuth(4_000), startFlask()]);
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
  compare({ what, samples, other: "Argon2id alone", rate: { min: 0.85 }, cpu: { max: 1.1 } });
  for (const { name } of servers.slice(1)) compare({ what, samples, other: name, rate: { min: 5 } });
  await stopAll(servers);
}

async function dashboard(): Promise<void> {
  const servers = await startAll([startLatchkey(), startBetterAuth(4_000), startFlask()]);
  const [latchkey] = servers as [Server];
  const plainNode = await startPlainNode(latchkey);
  const measurables: Measurable[] = [pages("plain node:http", plainNode, "/dashboard", plainNode.cookie)];
  for (const server of servers) measurables.push(pages(server.name, server, "/dashboard", await server.cookie()));
  const samples = await inTurns(measurables, turns);
  const what = "dashboards, one process, 16 connections";
  compare({ what, samples, other: "plain node:http", cpu: { max: 1.45 } });
  for (const { name } of servers.slice(1)) compare({ what, samples, other: name, rate: { min: name === "better-auth" ? 5 : 10 } });
  await stopAll([...servers, plainNode]);
}

async function loginPage(): Promise<void> {
  const latchkey = await startLatchkey();
  await latchkey.signUp(0);
  const bytes = (await (await fetch(`${latchkey.url}/login`)).text()).length;
  const [bareHono, plainNode] = [await startBareHono(bytes), await startPlainNode(latchkey)];
  const samples = await inTurns(
    [pages("plain node:http", plainNode, "/login"), pages("bare Hono", bareHono, "/"), pages(latchkey.name, latchkey, "/login")],
    turns,
  );
  const what = `login pages of ${bytes} bytes`;
  compare({ what, samples, other: "plain node:http", cpu: { max: 1.6 } });
  compare({ what, samples, other: "bare Hono", rate: { min: 0.4 } });
  await stopAll([latchkey, bareHono, plainNode]);
}

function pages(name: string, { url, pid }: Pick<PageServer, "url" | "pid">, path: string, cookie?: string): Measurable {
  return { name, slice: () => pageSlice(client, { url: url + path, pid, cookie }) };
}

/** Effect of each optimization: one without effect should be removed. */
async function optimizations(): Promise<void> {
  for (const optimization of await pageOptimizations(quick ? 2 : 10)) addOptimization(optimization);
  addOptimization(await threadPriority(quick ? 2 : 10));
  addOptimization(await heap(quick ? 1 : 3));
}

/** Latency of pages while logins use all CPUs. */
async function saturated(): Promise<void> {
  const [latchkey] = (await startAll([startLatchkey()])) as [Server];
  const headers = { cookie: await latchkey.cookie() };
  const probe = (path: string) => probeClient.run({ kind: "pages", url: latchkey.url + path, headers, connections: 1, seconds: 1 });
  const [idle, busy, alive]: [number[], number[], number[]] = [[], [], []];
  for (let turn = 0; turn < turns; turn++) {
    idle.push((await probe("/dashboard")).p99Ms);
    for (const [path, samples] of [
      ["/dashboard", busy],
      ["/healthz", alive],
    ] as const) {
      const flood = client.run({ kind: "logins", url: latchkey.url, login: latchkey.login, accounts, connections: 8, seconds: 2 });
      samples.push((await probe(path)).p99Ms);
      await flood;
    }
  }
  add({
    what: "dashboard, 99th percentile, while logins use all CPUs",
    latchkey: spread(busy, "ms"),
    other: `idle: ${spread(idle, "ms")}`,
    ratio: (median(busy) / median(idle)).toFixed(1),
    cpu: "",
    target: "under 4",
    isMet: median(busy) / median(idle) < 4,
  });
  add({
    what: "/healthz, 99th percentile, while logins use all CPUs",
    latchkey: spread(alive, "ms"),
    other: "",
    ratio: "",
    cpu: "",
    target: "under 50 ms",
    isMet: median(alive) < 50,
  });
  await latchkey.stop();
}

/** Throughput of two workers compared to one. */
async function workers(): Promise<void> {
  if (availableParallelism() < 2) return void skipped.push("Two workers: this machine has one CPU.");
  await twoWorkers("SQLite", (folder) => ({ DATABASE_URL: `sqlite:${folder}.sqlite` }));
  const server = await startPostgres();
  await twoWorkers("PostgreSQL", () => ({ DATABASE_URL: server.url(template) }));
  await server.remove();
}

async function twoWorkers(engine: string, settings: (name: string) => Record<string, string>): Promise<void> {
  const env = settings(`/tmp/latchkey-bench-${process.pid}`);
  const one = await startLatchkey({ ...env, WORKERS: "1" });
  await one.signUp(0);
  const two = await startLatchkey({ ...env, WORKERS: "2" });
  const cookie = await one.cookie();
  const measure = () =>
    inTurns(
      [
        { name: "Latchkey", slice: () => pageSlice(client, { url: `${two.url}/dashboard`, pid: two.pid, cookie, connections: 32 }) },
        { name: "1 worker", slice: () => pageSlice(client, { url: `${one.url}/dashboard`, pid: one.pid, cookie }) },
      ],
      turns,
    );
  const unlimited = await measure();
  const quotas = [one, two].map(({ pid }) => limitCpu(pid, cpuQuota));
  const isLimited = quotas.every((each) => each !== undefined);
  if (!isLimited) skipped.push("Workers with a CPU quota: cgroups are not available.");
  const what = `dashboards, 2 workers, 16 connections each, ${engine}`;
  compare({ what, samples: unlimited, other: "1 worker", rate: { min: 1.7 } });
  try {
    if (isLimited) {
      const limited = `the same, each worker limited to ${cpuQuota * 100} % of a CPU, ${engine}`;
      compare({ what: limited, samples: await measure(), other: "1 worker, limited too", as: "1 worker", rate: { min: 1.7 } });
    }
  } finally {
    await one.stop();
    await two.stop();
    for (const removeQuota of quotas) removeQuota?.();
  }
  if (env["DATABASE_URL"]?.startsWith("sqlite:")) execFileSync("sh", ["-c", `rm -f ${env["DATABASE_URL"].slice(7)}*`]);
}

async function memory(): Promise<void> {
  const [latchkey] = (await startAll([startLatchkey()])) as [Server];
  await fetch(`${latchkey.url}/login`);
  const idle = memoryOf(latchkey.pid).now / 2 ** 20;
  add({
    what: "memory, idle",
    latchkey: `${idle.toFixed(0)} MB`,
    other: "",
    ratio: "",
    cpu: "",
    target: "under 100 MB",
    isMet: idle < 100,
  });
  await client.run({ kind: "logins", url: latchkey.url, login: latchkey.login, accounts, connections: 200, seconds: 3 });
  const peak = memoryOf(latchkey.pid).max / 2 ** 20;
  add({
    what: "memory, peak during 200 concurrent logins",
    latchkey: `${peak.toFixed(0)} MB`,
    other: "",
    ratio: "",
    cpu: "",
    target: "under 220 MB",
    isMet: peak < 220,
  });
  await latchkey.stop();
}

async function start(): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    const latchkey = await startLatchkey();
    await (await fetch(`${latchkey.url}/login`)).text();
    times.push(performance.now() - startedAt);
    await latchkey.stop();
  }
  add({
    what: "start to first page",
    latchkey: spread(times, "ms"),
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
      latchkey: spread(many, unit),
      other: `few rows: ${spread(few, unit)}`,
      ratio: ratio.toFixed(2),
      cpu: "",
      target: "at most 1.3",
      isMet: ratio <= 1.3,
    });
  }
  for (const { what, bytes } of disk.slice(-2))
    add({ what, latchkey: `${Math.round(bytes)} bytes`, other: "", ratio: "", cpu: "", target: "measured", isMet: undefined });
}

/** Checks a promise of docs/cleanup.md. Not by the maximum of a hundred thousand writes, which other disk activity determines. */
async function cleanUp(): Promise<void> {
  for (const { what, waits } of await measureCleanup(quick)) {
    const sorted = waits.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    add({
      what,
      latchkey: `${at(0.999).toPrecision(3)} ms at the 99.9th percentile, maximum ${at(1).toPrecision(3)} ms`,
      other: "",
      ratio: "",
      cpu: "",
      target: "under 50 ms",
      isMet: at(0.999) < 50,
    });
  }
}

/** Checks a promise of docs/admin.md. The median of each page: a garbage collection is part of some request. */
async function adminPages(): Promise<void> {
  const { accounts, pages } = await measureAdminPages(quick);
  const [worst] = pages.toSorted((a, b) => median(b.blocks) - median(a.blocks));
  const [slowest] = pages.toSorted((a, b) => median(b.times) - median(a.times));
  if (!worst || !slowest) return;
  add({
    what: `longest block of the event loop by ${pages.length} administrators' pages, ${accounts.toLocaleString("en")} accounts, SQLite`,
    latchkey: `${spread(worst.blocks, "ms")} by ${worst.path}`,
    other: `slowest page: ${spread(slowest.times, "ms")} by ${slowest.path}`,
    ratio: "",
    cpu: "",
    target: "under 20 ms",
    isMet: median(worst.blocks) < 20,
  });
}

async function startAll(starting: readonly Promise<Server | undefined>[]): Promise<Server[]> {
  const servers = (await Promise.all(starting)).filter((server) => server !== undefined);
  if (servers.length < starting.length)
    skipped.push("A peer that is not installed; `BENCH_FLASK` must name the folder of the Flask application.");
  for (const server of servers) for (let account = 0; account < accounts; account++) await server.signUp(account);
  return servers;
}

async function stopAll(servers: readonly Pick<Server, "stop">[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

/** CPU time of a login by passkey, and of the second step. */
async function secondFactors(): Promise<void> {
  const { passkey, secondStep, password } = await measureSecondFactors(quick);
  const times = median(password) / median(passkey);
  add({
    what: "logins by passkey, CPU time",
    latchkey: spread(passkey, "ms"),
    other: `by password: ${spread(password, "ms")}`,
    ratio: times.toFixed(1),
    cpu: "",
    target: "under 2 ms, at least 10 times less than by password",
    isMet: median(passkey) < 2 && times >= 10,
  });
  add({
    what: "second step with a code of an authenticator app, CPU time",
    latchkey: spread(secondStep, "ms"),
    other: "",
    ratio: "",
    cpu: "",
    target: "under 1 ms",
    isMet: median(secondStep) < 1,
  });
}

/** CPU time of a login with a provider, there and back, without that of the provider. */
async function providerLogins(): Promise<void> {
  const times = await measureProviderLogins(quick);
  add({
    what: "logins with an OpenID Connect provider, CPU time",
    latchkey: spread(times, "ms"),
    other: "",
    ratio: "",
    cpu: "",
    target: "under 2 ms",
    isMet: median(times) < 2,
  });
}
