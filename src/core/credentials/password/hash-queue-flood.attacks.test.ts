/** Attack: so many passwords at once that nobody else gets an answer, or memory runs out. */
// Runs on one engine: the queue of passwords knows no database.
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
/** What one Argon2id of ours takes while it is at work. */
const hashBytes = 19 * MiB;
const slots = availableParallelism();

const database = await makeDatabase();
/** Together they would take far more memory than there may be taken. */
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

/** Asks for its health again and again, on a connection of its own; gives how many of the others were answered while it waited. */
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

/** A line of what Linux knows of a process, such as its greatest resident memory, in bytes. */
function memory({ pid }: ChildProcess, line: "VmRSS" | "VmHWM"): number {
  const [, kiB] = new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kiB) * 1_024;
}

describe("a flood of wrong passwords", () => {
  const isLinux = existsSync("/proc/self/status");
  let program: Program;
  let statuses: number[];
  let waits: number[];
  let grownBytes: number;

  beforeAll(async () => {
    await makeAccounts();
    // Far more threads than slots, so that what bounds the memory is the slots and nothing else.
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

  it("is answered, each of them", () => {
    expect(statuses).toEqual(Array(wrongPasswords).fill(401));
  });

  it("keeps nobody else waiting: the usual wait for another page is less than one hash takes", { tags: ["asvs-15.4.4"] }, () => {
    // While one hash is worked on, as many are answered as there are slots.
    expect(median(waits)).toBeLessThanOrEqual(slots);
  });

  it.skipIf(!isLinux)(
    "takes the memory of as many hashes as there are slots, not of as many as there are guesses",
    { tags: ["asvs-15.2.2"] },
    () => {
      // Beside them stands what the pages, asked for as fast as they come, leave behind: with a hash for each guess it would be nothing.
      expect(grownBytes).toBeLessThan(slots * hashBytes + 192 * MiB);
    },
  );
});

describe("a queue of passwords that is full", async () => {
  const app = await testApp({ HASH_QUEUE: "5", LIMIT_LOGIN_PER_IP: "100000/1h" }, { realHashes: true });
  afterAll(() => app.close());

  it("is answered with 503 and when to come again, in words and for programs, and serves again when it has emptied", {
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
