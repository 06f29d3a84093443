/** Tests the server process: start, stop, kills and logs. */
// Runs end to end: it starts the program.
// Runs on one engine: the process does not depend on the database.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { availableParallelism, getPriority, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Person } from "./person.ts";
import { bin } from "./program.ts";

const { PATH = "" } = process.env;

interface Program {
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** Output so far. */
  readonly output: () => string;
}

describe("server process", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-program-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("SIGKILL: acknowledged accounts survive repeated kills", { tags: ["asvs-16.5.3"] }, async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 10; round++) {
      const program = await start();
      const before = acknowledged.length;
      const signups = [0, 1].map((line) => signUpUntilKilled(program, `r${round}x${line}`, acknowledged));
      while (acknowledged.length === before) await pause(10);
      await killAtRandom(program);
      await Promise.all(signups);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(10);
    const database = new DatabaseSync(join(folder, "var/latchkey.sqlite"));
    expect(database.prepare("pragma integrity_check").all()).toEqual([expect.objectContaining({ integrity_check: "ok" })]);
    const kept = new Set(
      database
        .prepare("select username from users")
        .all()
        .map(({ username }) => username),
    );
    expect(acknowledged.filter((username) => !kept.has(username))).toEqual([]);
    database.close();
    const program = await start();
    // The last account of each round was acknowledged closest to the kill.
    const last = new Map(acknowledged.map((username) => [username.split("x", 1)[0], username]));
    for (const username of last.values()) {
      const { status } = await new Person(program.url, { username }, {}).logsIn();
      expect(status, username).toBe(303);
    }
    await stop(program);
  });

  it.skipIf(process.platform !== "linux")("thread priority: hashing threads run at a lower priority than the event loop", async () => {
    const program = await start();
    const tasks = `/proc/${program.child.pid}/task`;
    // The nineteenth field of a thread's `stat` is its niceness (proc(5)); the second, its name, stands in brackets.
    const threads = readdirSync(tasks).map((id) => {
      const [, name, rest = ""] = /\((.*)\) (.*)/s.exec(readFileSync(`${tasks}/${id}/stat`, "utf8")) ?? [];
      return { name, niceness: Number(rest.split(" ")[16]) };
    });
    const hashing = threads.filter(({ name }) => name === "libuv-worker");
    // One per processor: more threads would evict each other's CPU cache.
    expect(hashing).toHaveLength(Math.max(2, availableParallelism()));
    const own = getPriority();
    expect(new Set(hashing.map(({ niceness }) => niceness))).toEqual(new Set([Math.min(19, own + 10)]));
    expect(threads.filter(({ name, niceness }) => name !== "libuv-worker" && niceness !== own)).toEqual([]);
    await stop(program);
  });

  it("disk failure: the server exits and keeps acknowledged data after a restart", { tags: ["asvs-16.5.3"] }, async () => {
    const failing = `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module"; const { fdatasync } = fs;
      fs.fdatasync = (file, done) => (fs.existsSync("fails") ? done(new Error("EIO")) : fdatasync(file, done)); syncBuiltinESMExports();`;
    const program = await start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(failing)}` });
    expect((await new Person(program.url, { username: "ada" }, {}).signsUp()).status).toBe(303);
    expect(await signUpOnFailingDisk(program)).toBe(503);
    expect((await program.exited).code).toBe(1);
    expect(program.output()).toContain("The disk failed");
    rmSync(join(folder, "fails"));
    const restarted = await start();
    expect((await new Person(restarted.url, { username: "ada" }, {}).logsIn()).status).toBe(303);
    await stop(restarted);
    const workers = await start({ WORKERS: "2", NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(failing)}` });
    expect(await signUpOnFailingDisk(workers)).toBe(503);
    expect((await workers.exited).code).toBe(1);
    rmSync(join(folder, "fails"));
  });

  it("SIGTERM: open requests are finished before the server exits", async () => {
    const program = await start();
    const ada = new Person(program.url, { username: "ada" }, {});
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const answers = Array.from({ length: 8 }, () => ada.posts("/login", { csrf_token: token, ...ada.identity, password: "wrong" }));
    await waitForAttempts(8);
    program.child.kill("SIGTERM");
    program.child.kill("SIGTERM");
    const results = await Promise.allSettled(answers);
    expect(results.map((each) => (each.status === "fulfilled" ? each.value.status : String(each.reason.cause ?? each.reason)))).toEqual(
      Array.from({ length: 8 }, () => 401),
    );
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output()).toContain("Latchkey has stopped");
    expect(existsSync(join(folder, "var/latchkey.sqlite-wal"))).toBe(false);
  });

  it("SIGTERM: connections in use are closed with their response and not reset", async () => {
    const program = await start();
    const ended = Array.from({ length: 8 }, () => requestUntilClosed(`${program.url}/login`));
    await waitUntilHashing(program);
    program.child.kill("SIGTERM");
    // A connection closed with a request in flight would give ECONNRESET.
    expect(await Promise.all(ended)).toEqual(Array.from({ length: 8 }, () => "ECONNREFUSED"));
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it("log: one line per request without request data", { tags: ["asvs-14.2.1", "asvs-16.2.5"] }, async () => {
    const program = await start();
    const canary = new Person(program.url, { username: "canaryname", email: "canary@example.com", password: "canary in the mine" }, {});
    await canary.isLoggedIn({ next: "/dashboard?canary=1" });
    await canary.opens("/dashboard?canary=2");
    await canary.opens("/canary/path");
    await canary.sends("POST", "/login", { headers: { "content-type": "application/json" }, body: '{"canary' });
    const token = canary.cookies.get("latchkey_session") ?? "-";
    await stop(program);
    const lines = program
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ msg }) => msg === "request");
    expect(requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
      "GET /signup 200",
      "POST /signup 303",
      "GET /login 200",
      "POST /login 303",
      "GET /dashboard 200",
      "GET (none) 404",
      "POST /login 400",
    ]);
    for (const line of requests) expect(line).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), ms: expect.any(Number) });
    expect(program.output()).not.toContain("canary");
    expect(program.output()).not.toContain(token);
  });

  it.each([
    ["production without SECRET_KEY", { NODE_ENV: "production" }, /^error: SECRET_KEY must be set in production: .*\n$/],
    ["an invalid setting", { PORT: "a door" }, /^error: PORT must be .*; it is "a door"\.\n$/],
    ["an IP address of another machine", { HOST: "203.0.113.7" }, /^error: Cannot listen on HOST and PORT: .*\n$/],
  ])("start: %s is reported in one line", async (_, env, line) => {
    const program = await start(env).catch((error: Error) => error);
    expect(program).toBeInstanceOf(Error);
    expect((program as Error).message).toMatch(line);
  });

  it.each([
    ["sqlite:readme.txt", /^error: DATABASE_URL: readme\.txt is not a database\.\n$/],
    ["sqlite:.", /^error: DATABASE_URL must be a file: \. is a directory: name a file in it, such as sqlite:latchkey\.sqlite\.\n$/],
    ["sqlite:readme.txt/x.sqlite", /^error: DATABASE_URL: EEXIST: .*\n$/],
    // Node's recursive mkdir never returns here.
    ["sqlite:/proc/nope/x", /^error: DATABASE_URL: (?:ENOENT|EACCES|ENOTSUP|EROFS): .*\n$/],
  ])("start: %s is reported as an invalid database in one line", async (url, line) => {
    writeFileSync(join(folder, "readme.txt"), "A text that is long enough to be read as the header of a database.\n".repeat(3));
    const program = await start({ DATABASE_URL: url, SECRET_KEY: "a key of the tests that is long enough" }).catch((error: Error) => error);
    expect((program as Error).message).toMatch(line);
  });

  it("start: an unwritable directory of the development key is reported in one line", async () => {
    writeFileSync(join(folder, "readme.txt"), "");
    const program = await start({ DATABASE_URL: "sqlite:readme.txt/x.sqlite" }).catch((error: Error) => error);
    expect((program as Error).message).toMatch(/^error: SECRET_KEY is not set and cannot be generated in readme\.txt: .*\n$/);
  });

  it("start: a port in use is reported in one line", async () => {
    const first = await start();
    const { port } = new URL(first.url);
    const second = await start({ PORT: port }).catch((error: Error) => error.message);
    expect(second).toMatch(new RegExp(`^error: Port ${port} is already in use\\. Set PORT to .*\\n$`));
    await stop(first);
  });

  it("start: a checkout runs from source", async () => {
    const program = await start({}, resolve(import.meta.dirname, "../bin/latchkey.js"));
    expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
    await stop(program);
  });

  it("start: the log says where emails are shown in development, and nothing with SMTP_URL", async () => {
    const inbox = await start();
    await expect.poll(inbox.output).toContain(`Emails are shown at ${inbox.url.replace("127.0.0.1", "localhost")}/dev/mailbox`);
    await stop(inbox);
    const sending = await start({ SMTP_URL: "smtp://127.0.0.1:9" });
    await stop(sending);
    expect(sending.output()).not.toContain("Emails are shown at");
  });

  const older = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path) && Number(version(path).split(".")[0]) < 24);
  it.skipIf(!older)("start: an old version of Node.js is reported in one line (skipped without one)", () => {
    try {
      execFileSync(older ?? "", [bin], { cwd: folder, stdio: "pipe" });
    } catch (error) {
      expect(String((error as { stderr: Buffer }).stderr)).toMatch(/^error: Latchkey needs Node\.js 24 or later; this is .*\.\n$/);
      return;
    }
    throw new Error("It started.");
  });

  /** Makes the disk fail just before the form is posted, since any other write also ends the process. */
  async function signUpOnFailingDisk({ url }: Program): Promise<number> {
    const grace = new Person(url, { username: "grace" }, {});
    const { token } = await grace.opens("/signup");
    writeFileSync(join(folder, "fails"), "");
    const { status } = await grace.posts("/signup", { csrf_token: token, ...grace.identity, confirm_password: grace.identity.password });
    return status;
  }

  /** Waits until this many logins have been counted, which happens before they are hashed. */
  async function waitForAttempts(count: number): Promise<void> {
    const database = new DatabaseSync(join(folder, "var/latchkey.sqlite"), { readOnly: true });
    const hits = database.prepare("select hits from rate_limits where budget like 'login-account:%'");
    while (Number(hits.get()?.["hits"] ?? 0) < count) await pause(5);
    database.close();
  }

  /** Starts the program on a free port; throws its output if it exits. */
  async function start(env: Record<string, string> = {}, script = bin): Promise<Program> {
    const limits = { LIMIT_SIGNUP_PER_IP: "100000/1h", LIMIT_LOGIN_PER_IP: "100000/1h" };
    const child = spawn(process.execPath, [script], {
      cwd: folder,
      env: { PATH, PORT: "0", NODE_COMPILE_CACHE: resolve(bin, "../../compiled"), ...limits, ...env },
    });
    let output = "";
    const exited = new Promise<{ code: number | null; signal: string | null }>((done) =>
      child.once("close", (code, signal) => done({ code, signal })),
    );
    const url = new Promise<string>((done) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (part: Buffer) => {
          output += part.toString();
          const found = /Latchkey is at (http:[^"]+)"/.exec(output)?.[1];
          if (found) done(found.replace("localhost", "127.0.0.1"));
        });
      }
    });
    const first = await Promise.race([url, exited]);
    if (typeof first !== "string") throw new Error(output);
    return { url: first, child, exited, output: () => output };
  }
});

function version(node: string): string {
  return execFileSync(node, ["--version"], { encoding: "utf8" }).slice(1);
}

async function stop({ child, exited }: Program): Promise<void> {
  child.kill("SIGTERM");
  await exited;
}

/** Kills the process within the next 100 ms. */
async function killAtRandom({ child, exited }: Program): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), Math.random() * 100);
  await exited;
  clearTimeout(timer);
}

async function signUpUntilKilled({ url }: Program, prefix: string, acknowledged: string[]): Promise<void> {
  for (let i = 0; ; i++) {
    const username = `${prefix}x${i}`;
    try {
      const { status } = await new Person(url, { username }, {}).signsUp();
      if (status === 303) acknowledged.push(username);
    } catch {
      return;
    }
  }
}

/** Sends requests on one connection until one fails; returns its error code. */
async function requestUntilClosed(url: string): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const failure = await new Promise<string | undefined>((done) => {
      const sent = get(url, { agent }, (response) => response.resume().once("end", () => done(undefined)));
      sent.once("error", (error: NodeJS.ErrnoException) => done(error.code));
    });
    if (failure === undefined) continue;
    agent.destroy();
    return failure;
  }
}

/** Waits until the server has read earlier requests, by requests that need no hash. */
async function waitUntilHashing({ url }: Program): Promise<void> {
  for (let i = 0; i < 10; i++) await fetch(`${url}/healthz`);
}
