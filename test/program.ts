/** Starts the built program and runs its commands. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inject } from "vitest";
import { generousTimeouts, secretKey } from "./person.ts";

/** Path of `bin/latchkey.js`, built once per test run (test/setup/program.ts). */
export const bin = inject("program");

export interface Program {
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** Output so far. */
  readonly output: () => string;
  /** Sends SIGTERM and waits for the exit. */
  readonly stop: () => Promise<{ code: number | null; signal: string | null }>;
}

/** Starts the server in this directory on a free port; throws its output if it exits. */
export async function startProgram(cwd: string, env: Record<string, string> = {}, how: StartOptions = {}): Promise<Program> {
  const limits = { ...generousTimeouts, LIMIT_SIGNUP_PER_IP: "100000/1h", LIMIT_LOGIN_PER_IP: "100000/1h" };
  const { child, exited, output } = run(cwd, [], { PORT: "0", SECRET_KEY: secretKey, ...limits, ...env }, how);
  const url = new Promise<string>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", () => {
        const found = /Latchkey is at (https?:[^"]+)"/.exec(output())?.[1];
        if (found) done(found.replace("localhost", "127.0.0.1"));
      });
    }
  });
  const first = await Promise.race([url, exited]);
  if (typeof first !== "string") throw new Error(output());
  const stop = () => {
    child.kill("SIGTERM");
    return exited;
  };
  return { url: first, child, exited, output, stop };
}

/** Returns the process IDs of the workers (Linux). */
export function workersOf({ child }: Program): string[] {
  return readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
}

export interface Command {
  readonly cwd: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

const hosts: ChildProcess[] = [];

/** Runs a command in a reused process, which is faster than a new one. */
export async function runCommand(
  cwd: string,
  words: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<CommandResult> {
  const host = hosts.pop() ?? startHost();
  const { PATH = "" } = process.env;
  let output = "";
  const collect = (part: Buffer) => {
    output += part.toString();
  };
  for (const stream of [host.stdout, host.stderr]) stream?.on("data", collect);
  const over = new AbortController();
  const died = once(host, "exit", { signal: over.signal }).then(([code]) => ({ code: code as number | null, output }));
  host.send({ cwd, words, env: { PATH, SECRET_KEY: secretKey, ...env }, input } satisfies Command);
  const answered = once(host, "message", { signal: over.signal }).then(([ended]) => ended as CommandResult);
  const ended = await Promise.race([answered, died]).finally(() => over.abort());
  await Promise.allSettled([answered, died]);
  for (const stream of [host.stdout, host.stderr]) stream?.off("data", collect);
  if (host.connected) hosts.push(host);
  return ended;
}

/** Returns the name of every command, such as `users list`, from the help. */
export async function listCommands(): Promise<string[]> {
  const names: string[] = [];
  for (const name of await commandsBelow([])) {
    const below = await commandsBelow([name]);
    names.push(...(below.length === 0 ? [name] : below.map((each) => `${name} ${each}`)));
  }
  return names;
}

async function commandsBelow(words: readonly string[]): Promise<string[]> {
  const { output } = await runCommand(tmpdir(), [...words, "--help"]);
  const [, list = ""] = /^Commands:\n((?: {2}.*\n)+)/m.exec(output) ?? [];
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

function startHost(): ChildProcess {
  const cli = pathToFileURL(resolve(bin, "../../dist/cli.js")).href;
  const host = fork(join(import.meta.dirname, "setup/command-host.ts"), [cli], { silent: true, execArgv: [] });
  // Does not keep this process alive.
  host.unref();
  host.channel?.unref();
  return host;
}

/** Runs a command in a new process, for tests of its start and exit. */
export async function runInNewProcess(
  cwd: string,
  words: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<CommandResult> {
  const { child, exited, output } = run(cwd, words, { SECRET_KEY: secretKey, ...env });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const { code } = await exited;
  return { code, output: output() };
}

interface StartOptions {
  /** Limit of open file descriptors. */
  readonly descriptors?: number;
}

function run(cwd: string, words: readonly string[], env: Record<string, string>, { descriptors }: StartOptions = {}) {
  const { PATH = "" } = process.env;
  const command = [process.execPath, bin, ...words];
  const limited = ["sh", "-c", `ulimit -n ${descriptors} && exec "$@"`, "sh", ...command];
  const [file = "", ...rest] = descriptors === undefined ? command : limited;
  const child = spawn(file, rest, { cwd, env: { PATH, NODE_COMPILE_CACHE: resolve(bin, "../../compiled"), ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      output += part.toString();
    });
  }
  const exited = new Promise<{ code: number | null; signal: string | null }>((done) =>
    child.once("close", (code, signal) => done({ code, signal })),
  );
  return { child, exited, output: () => output };
}
