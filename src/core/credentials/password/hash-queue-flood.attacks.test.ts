/** Attack: a flood of logins that blocks other requests or exhausts memory. */
// Runs on one engine: the hash queue does not use the database.
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
/** Memory of one running Argon2id hash. */
const hashBytes = 19 * MiB;
const slots = availableParallelism();

const database = await makeDatabase();
/** Enough hashes to exceed the memory limit of the test if all ran at once. */
const wrongPasswords = 80 + 4 * slots;

async function makeAccounts(): Promise<void> {
  const app = await testApp({ DATABASE_URL: database.url });
  const passwordHash = await hash("a harbour at dusk", { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  for (let i = 0; i < wrongPasswords; i++)
    await createUser(app.s, { username: `member${i}`, email: `member${i}@example.com`, passwordHash });
  await app.close();
}

async function guess(url: string, i: number): Promise<number> {
  const response = await fetch(`${url}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: `member${i}@example.com`, password: "a guess" }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Requests `/healthz` repeatedly; returns how many logins were answered during each request. */
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

/** A value of `/proc/PID/status` in bytes: resident memory (`VmRSS`) or its peak (`VmHWM`). */
function memory({ pid }: ChildProcess, line: "VmRSS" | "VmHWM"): number {
  const [, kiB] = new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kiB) * 1_024;
}

describe("flood of wrong passwords", () => {
  const isLinux = existsSync("/proc/self/status");
  let program: Program;
  let statuses: number[];
  let waits: number[];
  let grownBytes: number;

  beforeAll(async () => {
    await makeAccounts();
    // More threads than slots, so that only the slots bound the memory.
    program = await startProgram(database.folder, { DATABASE_URL: database.url, UV_THREADPOOL_SIZE: "64" });
    const { url, child } = program;
    await Promise.all(Array.from({ length: 2 * slots }, (_, i) => guess(url, i)));
    const restingBytes = isLinux ? memory(child, "VmRSS") : 0;
    let answered = 0;
    const health = watchHealth(url, () => answered);
    statuses = await Promise.all(Array.from({ length: wrongPasswords }, (_, i) => guess(url, i).finally(() => answered++)));
    waits = await health;
    grownBytes = isLinux ? memory(child, "VmHWM") - restingBytes : 0;
  });

  afterAll(async () => {
    await program.stop();
    await database.remove();
  });

  it("login flood: every wrong password gets 401", () => {
    expect(statuses).toEqual(Array(wrongPasswords).fill(401));
  });

  it("login flood: the median wait of another page is shorter than one hash", { tags: ["asvs-15.4.4"] }, () => {
    // During one hash, as many logins are answered as there are slots.
    expect(median(waits)).toBeLessThanOrEqual(slots);
  });

  it.skipIf(!isLinux)("login flood: memory grows by the hashes of all slots, and not of all guesses", { tags: ["asvs-15.2.2"] }, () => {
    // 192 MiB allow for garbage of the health requests, and are less than one hash for each guess.
    expect(grownBytes).toBeLessThan(slots * hashBytes + 192 * MiB);
  });
});

describe("full hash queue", async () => {
  const app = await testApp({ HASH_QUEUE: "5", LIMIT_LOGIN_PER_IP: "100000/1h" }, { realHashes: true });
  afterAll(() => app.close());

  it("full hash queue: logins get 503 with Retry-After as HTML and JSON, and succeed once it is empty", {
    tags: ["asvs-15.2.2"],
  }, async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const browsing = () => ada.posts("/login", { csrf_token: token, email: "nobody@example.com", password: "a guess" });
    const program = (i: number) => app.person().sendsJson("/login", { email: `nobody${i}@example.com`, password: "a guess" });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 10 === 9 ? browsing() : program(i))));
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
