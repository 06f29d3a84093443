/** Tests several processes and workers on one database. */
// Runs end to end: it starts the program.
import { rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engine, makeDatabase, type TestDatabase } from "./database.ts";
import { freePort } from "./free-port.ts";
import { openMailServer } from "./mail/server.ts";
import { Person } from "./person.ts";
import { type Program, startProgram, workersOf } from "./program.ts";

/** Then a request counts as lost, far above what any takes. */
const unansweredMs = 60_000;

let database: TestDatabase;
const running: Program[] = [];
beforeEach(async () => {
  database = await makeDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.stop()));
  await database.remove();
});

async function start(env: Record<string, string> = {}): Promise<Program> {
  const program = await startProgram(database.folder, { DATABASE_URL: database.url, ...env });
  running.push(program);
  return program;
}

/** Copies a browser to another process. */
function copyTo({ url }: Program, { identity, cookies }: Person): Person {
  const copy = new Person(url, identity, {});
  for (const [name, value] of cookies) copy.cookies.set(name, value);
  return copy;
}

describe("two processes on one database", () => {
  it("two processes: a logout in one ends the session in the other immediately", { tags: ["asvs-7.4.1"] }, async () => {
    const [one, other] = [await start(), await start()];
    const first = await new Person(one.url, {}, {}).isLoggedIn();
    const second = copyTo(other, first);
    expect((await second.opens("/dashboard")).text).toContain("Hello, ada");
    await second.logsOut();
    expect((await first.opens("/dashboard")).location).toBe("/login?next=%2Fdashboard");
  });

  it("two processes: rate limits are shared", { tags: ["asvs-6.3.1"] }, async () => {
    const programs = [await start(), await start()];
    const guesses = Array.from({ length: 40 }, (_, i) => {
      const { url } = programs[i % 2] as Program;
      return new Person(url, {}, {}).sendsJson("/login", { email: "ada@example.com", password: `guess ${i}` });
    });
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect([401, 429].map((status) => statuses.filter((each) => each === status).length)).toEqual([10, 30]);
  });

  it("two processes: each email is sent once", async () => {
    const server = await openMailServer();
    const mail = { SMTP_URL: `smtp://127.0.0.1:${server.port}`, SIGNUP: "open" };
    const programs = [await start(mail), await start(mail)];
    const people = Array.from({ length: 20 }, (_, i) => {
      const { url } = programs[i % 2] as Program;
      return new Person(url, { username: `person${i}` }, {});
    });
    for (const person of people) expect((await person.signsUp()).status).toBe(303);
    while (server.received.length < people.length) await pause(10);
    // After both have stopped, no second delivery can follow.
    await Promise.all(running.splice(0).map((program) => program.stop()));
    expect(server.received).toHaveLength(people.length);
    expect(new Set(server.received.map(({ to }) => to[0]))).toEqual(new Set(people.map(({ identity }) => identity.email)));
    await server.close();
  });
});

// Workers do not depend on the database; test/postgres.test.ts tests them in an outage.
describe.skipIf(engine === "postgres")("workers", () => {
  it("workers: share port and sessions, and stop together", async () => {
    const program = await start({ WORKERS: "2" });
    const ada = await new Person(program.url, {}, {}).isLoggedIn();
    const headers = { cookie: ada.cookieHeader() };
    // New connections, since one connection stays with one worker.
    const agent = new Agent({ keepAlive: false });
    for (let i = 0; i < 10; i++) expect(await outcomeOf(`${program.url}/dashboard`, { headers, agent })).toBe("200");
    const pids = new Set([...program.output().matchAll(/"pid":(\d+)[^\n]*"msg":"request"/g)].map(([, pid]) => pid));
    expect(pids.size).toBe(2);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
    expect(program.output()).toContain("Latchkey has stopped");
    for (const pid of pids) expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  });

  it("workers: a dead worker is replaced", async () => {
    const program = await start({ WORKERS: "2" });
    await new Person(program.url, {}, {}).opens("/login");
    const pid = () => /"pid":(\d+)[^\n]*"msg":"request"/.exec(program.output())?.[1];
    while (pid() === undefined) await pause(10);
    process.kill(Number(pid()), "SIGKILL");
    while (!program.output().includes("a worker exited unexpectedly and is being replaced")) await pause(10);
    expect((await new Person(program.url, {}, {}).opens("/login")).status).toBe(200);
  });

  it("workers: a port in use ends the start with one line", async () => {
    const { url } = await start();
    const second = startProgram(database.folder, { DATABASE_URL: database.url, WORKERS: "2", PORT: new URL(url).port });
    await expect(second).rejects.toThrow("Set PORT to another value");
  });

  it.skipIf(process.platform !== "linux")("workers: overlapping restarts keep the number of workers", async () => {
    const program = await start({ WORKERS: "2" });
    const before = workersOf(program);
    program.child.kill("SIGHUP");
    const restarts = () => program.output().split("has restarted its workers").length - 1;
    // The first replacement is starting; a slow look may come after all of them.
    while (workersOf(program).length < 3 && restarts() === 0) await pause(1);
    program.child.kill("SIGHUP");
    if (workersOf(program).includes(before[1] ?? "")) process.kill(Number(before[1]), "SIGKILL");
    while (workersOf(program).some((pid) => before.includes(pid)) || workersOf(program).length !== 2) await pause(20);
    // Waits for pending restarts; a surplus worker would remain.
    const restartsBefore = restarts();
    program.child.kill("SIGHUP");
    while (restarts() === restartsBefore || workersOf(program).length !== 2) await pause(20);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  });

  it.skipIf(process.platform !== "linux")(
    "workers: keep serving if replacements cannot start, and are replaced once they can",
    async () => {
      // A fixed port: with port 0, new workers would get another one.
      const program = await start({ WORKERS: "2", PORT: String(await freePort()) });
      const before = workersOf(program);
      const settings = join(database.folder, ".env");
      writeFileSync(settings, "SESSION_IDLE=never\n");
      program.child.kill("SIGHUP");
      while (!program.output().includes("could not restart the workers")) await pause(20);
      expect(workersOf(program)).toEqual(before);
      expect((await new Person(program.url, {}, {}).opens("/login")).status).toBe(200);
      for (const pid of before) process.kill(Number(pid), "SIGKILL");
      while (program.output().split("a worker exited unexpectedly and is being replaced").length - 1 < 4) await pause(20);
      rmSync(settings);
      while (workersOf(program).length !== 2) await pause(20);
      const person = new Person(program.url, {}, {});
      while ((await person.opens("/login").catch(() => undefined))?.status !== 200) await pause(20);
      expect(await program.stop()).toEqual({ code: 0, signal: null });
    },
  );

  // Either worker may be the one that gets the next connection.
  it.each([0, 1])("workers: a connection that was on its way to a stopping worker is answered by the other one (%i)", async (index) => {
    const program = await start({ WORKERS: "2" });
    program.child.kill("SIGSTOP");
    // The primary process hands it over before it learns that the worker has closed.
    const answer = outcomeOf(`${program.url}/login`, { headers: {}, agent: new Agent() });
    await pause(100);
    process.kill(Number(workersOf(program)[index]), "SIGTERM");
    // A worker that doesn't wait for the primary process exits.
    await pause(500);
    program.child.kill("SIGCONT");
    expect(await answer).toBe("200");
  });

  it("workers: a restart under load drops no request", async () => {
    const program = await start({ WORKERS: "2" });
    const ada = await new Person(program.url, {}, {}).isLoggedIn();
    const headers = { cookie: ada.cookieHeader() };
    let isStopped = false;
    const outcomes: string[] = [];
    const load = Array.from({ length: 4 }, async (_, line) => {
      // Half of the connections are kept open, half are new for each request.
      const agent = new Agent({ keepAlive: line % 2 === 0, maxSockets: 1 });
      while (!isStopped) {
        outcomes.push(await outcomeOf(`${program.url}/dashboard`, { headers, agent }));
        // Leaves CPU time for starting workers.
        await pause(2);
      }
      agent.destroy();
    });
    for (let round = 1; round <= 2; round++) {
      program.child.kill("SIGHUP");
      while (program.output().split("has restarted its workers").length - 1 < round) {
        expect(program.output()).not.toContain("could not restart the workers");
        await pause(20);
      }
    }
    isStopped = true;
    await Promise.all(load);
    expect(outcomes.length).toBeGreaterThan(20);
    expect(outcomes.filter((outcome) => outcome !== "200")).toEqual([]);
  });
});

function outcomeOf(url: string, options: { headers: Record<string, string>; agent: Agent }): Promise<string> {
  return new Promise((done) => {
    const sent = request(url, { ...options, timeout: unansweredMs }, (response) => {
      response.resume();
      response.once("end", () => done(String(response.statusCode)));
    });
    sent.once("timeout", () => sent.destroy(new Error("unanswered")));
    sent.once("error", (error: NodeJS.ErrnoException) => {
      // A kept-alive connection may be closed on reuse; clients then retry (RFC 9110, 9.2.2).
      const isStale = sent.reusedSocket && error.code === "ECONNRESET";
      done(isStale ? outcomeOf(url, options) : String(error.code ?? error.message));
    });
    sent.end();
  });
}
