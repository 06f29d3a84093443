/** Attack: so many logins at once that others wait or memory runs out. */
// Runs on one engine: the hash queue does not access the database.
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { availableParallelism } from "node:os";
import { hash } from "@node-rs/argon2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/database.ts";
import { testApp } from "../../../../test/person.ts";
import { type Program, startProgram } from "../../../../test/program.ts";
import { createUser } from "../../../../test/transaction.ts";

const MiB = 2 ** 20;
/** Memory of one Argon2id hash. */
const hashBytes = 19 * MiB;
const slots = availableParallelism();

const database = await makeDatabase();
/** Enough logins to exceed the allowed memory if all were hashed at once. */
const wrongPasswords = 80 + 4 * slots;

async function makeAccounts(): Promise<void> {
  const app = await testApp({ DATABASE_URL: database.url });
  const passwordHash = await hash("a harbour at dusk", { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  for (let i = 0; i < wrongPasswords; i++)
    await createUser(app.s, { username: `member${i}`, email: `member${i}@example.com`, passwordHash });
  await app.close();
}

async function tryLogin(url: string, i: number): Promise<number> {
  const response = await fetch(`${url}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: `member${i}@example.com`, password: "a guess" }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Requests /healthz repeatedly; returns how many logins were answered during each request. */
async function watchHealth(url: string, answered: () => number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const waits: number[] = [];
  while (answered() < wrongPasswords) {
    const before = answered();
    const status = await new Promise<number | undefined>((done, failed) => {
      get(`${url}/healthz`, { agent }, (response) => response.resume().once("end", () => done(response.statusCode))).once("error", failed);
    });
    expect(status).toBe(200);
    waits.push(answered() - before);
  }
  agent.destroy();
  return waits;
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Reads a memory figure of a process from /proc, in bytes. */
function memory({ pid }: ChildProcess, line: "VmRSS" | "VmHWM"): number {
  const [, kiB] = new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kiB) * 1_024;
}

describe("login flood", () => {
  const isLinux = existsSync("/proc/self/status");
  let program: Program;
  let statuses: number[];
  let waits: number[];
  let growthBytes: number;

  beforeAll(async () => {
    await makeAccounts();
    // More threads than slots, so that only the slots bound the memory.
    program = await startProgram(database.folder, { DATABASE_URL: database.url, UV_THREADPOOL_SIZE: "64" });
    const { url, child } = program;
    await Promise.all(Array.from({ length: 2 * slots }, (_, i) => tryLogin(url, i)));
    const restingBytes = isLinux ? memory(child, "VmRSS") : 0;
    let answered = 0;
    const health = watchHealth(url, () => answered);
    statuses = await Promise.all(Array.from({ length: wrongPasswords }, (_, i) => tryLogin(url, i).finally(() => answered++)));
    waits = await health;
    growthBytes = isLinux ? memory(child, "VmHWM") - restingBytes : 0;
  });

  afterAll(async () => {
    await program.stop();
    await database.remove();
  });

  it("login flood: every wrong password gets 401", () => {
    expect(statuses).toEqual(Array(wrongPasswords).fill(401));
  });

  it("login flood: the median wait for /healthz is at most the time of one hash", { tags: ["asvs-15.4.4"] }, () => {
    // During one hash, as many logins are answered as there are slots.
    expect(median(waits)).toBeLessThanOrEqual(slots);
  });

  it.skipIf(!isLinux)("login flood: memory grows by the hash slots, not by the number of logins", { tags: ["asvs-15.2.2"] }, () => {
    // 192 MiB for garbage of the health requests, far less than one hash per login.
    expect(growthBytes).toBeLessThan(slots * hashBytes + 192 * MiB);
  });
});

describe("full hash queue", async () => {
  const app = await testApp({ HASH_QUEUE: "5", LIMIT_LOGIN_PER_IP: "100000/1h" }, { realHashes: true });
  afterAll(() => app.close());

  it("full hash queue: logins get 503 with Retry-After as page and JSON, and succeed once it is empty", {
    tags: ["asvs-15.2.2"],
  }, async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const loginAsBrowser = () => ada.posts("/login", { csrf_token: token, email: "nobody@example.com", password: "a guess" });
    const program = (i: number) => app.person().sendsJson("/login", { email: `nobody${i}@example.com`, password: "a guess" });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 10 === 9 ? loginAsBrowser() : program(i))));
    const busy = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status !== 503).every(({ status }) => status === 401)).toBe(true);
    expect(answers.length - busy.length).toBeGreaterThanOrEqual(slots + 5);
    expect(busy.length).toBeGreaterThan(0);
    for (const { headers, html } of busy) {
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(html).toContain("Too many people are logging in right now.");
      expect(html).not.toContain("a guess");
    }
    expect((await ada.logsIn()).status).toBe(303);
  });
});

describe("rejected by a full hash queue", () => {
  it("full hash queue: a rejected login does not count as a failure", { tags: ["asvs-6.3.1"] }, async () => {
    const busy = await testApp({ HASH_QUEUE: "1", LIMIT_LOGIN_PER_ACCOUNT: "100000/1h" }, { realHashes: true });
    const ada = busy.person({ username: "ada" });
    await ada.signsUp();
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(ada.identity) };
    const answers = await Promise.all(Array.from({ length: slots + 12 }, async () => busy.hono.request("/login", init, {})));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    const hits = await busy.s.db.selectFrom("rate_limits").select("hits").where("budget", "like", "login-account:%").execute();
    expect(hits).toEqual([{ hits: 0 }]);
    await busy.close();
  });
});
