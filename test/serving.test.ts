/** Tests keep-alive, health checks, shutdown, EMFILE and log failures. */
// Runs end to end: it starts the program.
// Runs on one engine: connections and processes do not depend on it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../src/config/load.ts";
import { createHttpServer } from "../src/server/serve.ts";
import { sendRaw } from "./attacks/raw-http.ts";
import { freePort } from "./free-port.ts";
import { secretKey, testApp } from "./person.ts";
import { bin, type Program, runCommand, startProgram, workersOf } from "./program.ts";

it("HTTP server: accept errors such as EMFILE do not end the process", async () => {
  const app = await testApp();
  const server = createHttpServer(app.s, app.hono);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  app.resetRecords();
  for (let i = 0; i < 3; i++) server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
  // Logged once, although every connection attempt repeats the error.
  expect(app.lines).toEqual([expect.objectContaining({ level: "error", code: "EMFILE" })]);
  server.close();
  await app.close();
});

describe("health checks", async () => {
  const app = await testApp();
  afterAll(() => app.close());

  it.each(["GET", "HEAD", "OPTIONS"])("health checks: %s over HTTP/1.0 without a Host header returns 200", async (method) => {
    for (const path of ["/healthz", "/readyz"]) {
      expect((await sendRaw(app.url, { version: "1.0", method, path })).status, path).toBe(200);
      expect((await sendRaw(app.url, { method, path })).status, path).toBe(200);
    }
  });
});

it("KEEP_ALIVE: the default is longer than the idle timeouts in deploy/", () => {
  const { keepAliveMs } = readSettings({ SECRET_KEY: secretKey });
  expect(keepAliveMs).toBe(75_000);
  // nginx keeps idle connections to an upstream for a minute, unless its `keepalive_timeout` says otherwise.
  expect(readFileSync("deploy/nginx.conf", "utf8")).not.toContain("keepalive_timeout");
  expect(keepAliveMs).toBeGreaterThan(60_000);
});

it("LAME_DUCK: the default is 5 s in production and 0 in development", () => {
  const production = { NODE_ENV: "production", SECRET_KEY: secretKey, BASE_URL: "https://accounts.example.com" };
  expect(readSettings(production).lameDuckMs).toBe(5_000);
  expect(readSettings({ ...production, LAME_DUCK: "0" }).lameDuckMs).toBe(0);
  expect(readSettings({ SECRET_KEY: secretKey }).lameDuckMs).toBe(0);
  expect(() => readSettings({ LAME_DUCK: "6m" })).toThrow("LAME_DUCK");
});

describe("server process", () => {
  let folder: string;
  let program: Program | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-serving-"));
  });
  afterEach(() => {
    program?.child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("KEEP_ALIVE: idle connections stay open for this time, which is announced", async () => {
    program = await startProgram(folder, { KEEP_ALIVE: "90s" });
    const { headers } = await fetch(`${program.url}/healthz`);
    expect(headers.get("keep-alive")).toBe("timeout=90");
    expect((await program.stop()).code).toBe(0);
  });

  it.each(["1", "2"])("LAME_DUCK: %s process(es) serve while /readyz returns 503, until a second signal", async (workers) => {
    program = await startProgram(folder, { LAME_DUCK: "5m", WORKERS: workers });
    expect(await statusOf("/readyz")).toBe(200);
    program.child.kill("SIGTERM");
    while ((await statusOf("/readyz")) !== 503) await pause(5);
    for (let i = 0; i < 4; i++)
      expect([await statusOf("/readyz"), await statusOf("/healthz"), await statusOf("/login")]).toEqual([503, 200, 200]);
    // Simultaneous signals may merge; a later one ends the wait.
    while (await statusOf("/healthz").catch(() => undefined)) {
      program.child.kill("SIGINT");
      await pause(50);
    }
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it.skipIf(process.platform !== "linux")("LAME_DUCK: does not apply to a restart of workers, and /readyz stays 200", async () => {
    program = await startProgram(folder, { LAME_DUCK: "5m", WORKERS: "2" });
    const before = workersOf(program);
    program.child.kill("SIGHUP");
    while (!program.output().includes("has restarted its workers")) {
      expect(await statusOf("/readyz")).toBe(200);
      await pause(20);
    }
    expect(workersOf(program).some((pid) => before.includes(pid))).toBe(false);
    expect(await statusOf("/readyz")).toBe(200);
  });

  it.skipIf(process.platform !== "linux")(
    "workers: keep serving while no process can start, and a dead worker is replaced later",
    async () => {
      program = await startProgram(folder, { WORKERS: "2", NODE_OPTIONS: holdingDescriptors("primary") }, { descriptors: 200 });
      writeFileSync(join(folder, "full"), "");
      while (!existsSync(join(folder, "held"))) await pause(5);
      const [first = "", second = ""] = workersOf(program);
      process.kill(Number(first), "SIGKILL");
      while (!program.output().includes("cannot start a worker")) await pause(20);
      expect(program.child.exitCode).toBeNull();
      rmSync(join(folder, "full"));
      while (workersOf(program).length !== 2) await pause(20);
      expect(workersOf(program)).toContain(second);
      expect(await statusOf("/readyz")).toBe(200);
      expect((await program.stop()).code).toBe(0);
    },
  );

  it("EMFILE: the server survives and serves again when descriptors are free", async () => {
    program = await startProgram(folder, { NODE_OPTIONS: holdingDescriptors("all") }, { descriptors: 200 });
    writeFileSync(join(folder, "full"), "");
    while (!existsSync(join(folder, "held"))) await pause(5);
    const { hostname, port } = new URL(program.url);
    const refused = Array.from({ length: 20 }, () =>
      once(
        connect(Number(port), hostname)
          .on("error", () => {})
          .resume(),
        "close",
      ),
    );
    await Promise.all(refused);
    expect(program.child.exitCode).toBeNull();
    rmSync(join(folder, "full"));
    while ((await statusOf("/readyz").catch(() => undefined)) !== 200) await pause(20);
    expect((await program.stop()).code).toBe(0);
  });

  it("log: a full disk drops and counts lines, and the server keeps serving", async () => {
    const [port, token] = [await freePort(), "a token for the metrics of this test"];
    const full = openSync("/dev/full", "w");
    const env = { PATH: process.env["PATH"] ?? "", PORT: String(port), SECRET_KEY: secretKey, METRICS_TOKEN: token.replaceAll(" ", "-") };
    const child = spawn(process.execPath, [bin], { cwd: folder, env, stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const exited = once(child, "exit");
    const url = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${url}/healthz`).catch(() => undefined))) await pause(20);
    for (let i = 0; i < 5; i++) expect((await fetch(`${url}/login`)).status).toBe(200);
    const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${env.METRICS_TOKEN}` } });
    const [, dropped = ""] = /^latchkey_log_lines_dropped_total (\d+)$/m.exec(await metrics.text()) ?? [];
    expect(Number(dropped)).toBeGreaterThanOrEqual(6);
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });

  it("log: a closed pipe does not stop the server", async () => {
    program = await startProgram(folder);
    program.child.stdout?.destroy();
    for (let i = 0; i < 5; i++) expect(await statusOf("/login")).toBe(200);
    expect((await program.stop()).code).toBe(0);
  });

  it("command: a closed pipe is ignored and a full disk is reported in one line", async () => {
    await runCommand(folder, ["users", "create", "ada", "ada@example.com", "--verified"], {}, "correct horse battery staple\n");
    const env = { PATH: process.env["PATH"] ?? "", SECRET_KEY: secretKey };
    const run = (shell: string) => spawnSync("sh", ["-c", shell, "sh", process.execPath, bin], { cwd: folder, env, encoding: "utf8" });
    expect(run('{ "$1" "$2" users list; echo "code $?" >&2; } | true').stderr).toBe("code 0\n");
    const full = run('"$1" "$2" users list > /dev/full');
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(/^error: .*ENOSPC.*\n$/);
  });

  async function statusOf(path: string): Promise<number> {
    const response = await fetch(`${program?.url}${path}`, { headers: { connection: "close" } });
    await response.text();
    return response.status;
  }
});

/** NODE_OPTIONS of a process that uses up its descriptors while a file `full` exists, and then creates `held`. */
function holdingDescriptors(which: "primary" | "all"): string {
  const holding = `import fs from "node:fs"; import cluster from "node:cluster"; const held = [];
    if (${which === "primary" ? "cluster.isPrimary" : "true"}) setInterval(() => {
      if (!fs.existsSync("full")) { while (held.length > 0) fs.closeSync(held.pop()); return; }
      if (!fs.existsSync("held")) fs.writeFileSync("held", "");
      try { for (;;) held.push(fs.openSync("/dev/null")); } catch {}
    }, 5).unref();`;
  return `--import=data:text/javascript,${encodeURIComponent(holding)}`;
}
