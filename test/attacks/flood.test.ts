/** Attack: so many passwords at once that nobody else gets an answer, or memory runs out. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashPassword } from "../../src/core/passwords.ts";
import { createUser } from "../../src/core/users.ts";
import { makeDatabase } from "../database.ts";
import { secretKey, testApp } from "../person.ts";

const MiB = 2 ** 20;
/** What one Argon2id of ours takes while it is at work. */
const hashBytes = 19 * MiB;
const slots = availableParallelism();

const database = await makeDatabase();
const wrongPasswords = 200;

/** The program itself, in a process of its own: its waits and its memory are nobody else's. */
async function startProgram(): Promise<{ program: ChildProcess; url: string }> {
  const program = spawn(process.execPath, ["src/main.ts"], {
    cwd: resolve(import.meta.dirname, "../.."),
    env: {
      PORT: "0",
      DATABASE_URL: database.url,
      SECRET_KEY: secretKey,
      LIMIT_LOGIN_PER_ADDRESS: "100000/1h",
      // Far more threads than slots, so that what bounds the memory is the slots and nothing else.
      UV_THREADPOOL_SIZE: "64",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await new Promise<string>((found, failed) => {
    program.stdout.on("data", (chunk: Buffer) => {
      const [, named] = /Latchkey is at http:\/\/localhost:(\d+)/.exec(chunk.toString()) ?? [];
      if (named) found(named);
    });
    program.once("exit", (code) => failed(new Error(`The program ended with ${code}.`)));
  });
  return { program, url: `http://127.0.0.1:${port}` };
}

/** Makes the accounts, and measures one hash on a machine that does nothing else. */
async function prepare(): Promise<number> {
  const app = await testApp({ DATABASE_URL: database.url }, { realHashes: true });
  const passwordHash = await hashPassword(app.s, "a harbour at dusk");
  for (let i = 0; i < wrongPasswords; i++) {
    await createUser(app.s, { username: `member${i}`, email: `member${i}@example.com`, passwordHash });
  }
  const waits: number[] = [];
  for (let i = 0; i < 15; i++) {
    const startedAt = performance.now();
    await hashPassword(app.s, `password ${i}`);
    waits.push(performance.now() - startedAt);
  }
  await app.close();
  return median(waits);
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

/** Asks for its health again and again, on a connection of its own, until it is told to stop; gives how long each answer took. */
async function watchHealth(url: string, isOver: () => boolean): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const waits: number[] = [];
  while (!isOver()) {
    const startedAt = performance.now();
    const status = await new Promise<number | undefined>((answered, failed) => {
      get(`${url}/healthz`, { agent }, (response) => response.resume().once("end", () => answered(response.statusCode))).once(
        "error",
        failed,
      );
    });
    expect(status).toBe(200);
    waits.push(performance.now() - startedAt);
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
  let program: ChildProcess;
  let hashMs: number;
  let statuses: number[];
  let healthMs: number[];
  let grownBytes: number;

  beforeAll(async () => {
    hashMs = await prepare();
    const started = await startProgram();
    program = started.program;
    const { url } = started;
    await Promise.all(Array.from({ length: 2 * slots }, (_, i) => guess(url, i)));
    const restingBytes = isLinux ? memory(program, "VmRSS") : 0;
    let isOver = false;
    const health = watchHealth(url, () => isOver);
    statuses = await Promise.all(Array.from({ length: wrongPasswords }, (_, i) => guess(url, i)));
    isOver = true;
    healthMs = await health;
    grownBytes = isLinux ? memory(program, "VmHWM") - restingBytes : 0;
  });

  afterAll(async () => {
    program.kill("SIGTERM");
    await once(program, "exit");
    await database.remove();
  });

  it("is answered, each of them", () => {
    expect(statuses).toEqual(Array(wrongPasswords).fill(401));
  });

  it("keeps nobody else waiting: the usual wait for another page is less than one hash takes [ASVS 15.4.4]", () => {
    expect(healthMs.length).toBeGreaterThan(20);
    expect(median(healthMs)).toBeLessThan(hashMs);
  });

  it.skipIf(!isLinux)("takes the memory of as many hashes as there are slots, not of as many as there are guesses [ASVS 15.2.2]", () => {
    // Beside them stands what the pages, asked for as fast as they come, leave behind: with a hash for each guess it would be nothing.
    expect(grownBytes).toBeLessThan(slots * hashBytes + 192 * MiB);
  });
});

describe("a queue of passwords that is full", async () => {
  const app = await testApp({ HASH_QUEUE: "5", LIMIT_LOGIN_PER_ADDRESS: "100000/1h" }, { realHashes: true });
  afterAll(() => app.close());

  it("is answered with 503 and when to come again, in words and for programs, and serves again when it has emptied [ASVS 15.2.2]", async () => {
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
      expect(html).toContain("Too many people are logging in at this moment.");
      expect(html).not.toContain("a guess");
    }
    expect((await ada.logsIn()).status).toBe(303);
  });
});
