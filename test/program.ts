/** The program in a process of its own, as an operator starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { inject } from "vitest";
import { secretKey } from "./person.ts";

/** Built once a run of tests, from the sources as they are (test/setup/program.ts). */
export const bin = inject("program");

export interface Program {
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** What it has said so far. */
  readonly said: () => string;
  /** Tells it to stop, and waits until it has. */
  readonly stop: () => Promise<{ code: number | null; signal: string | null }>;
}

/** Starts it in this folder on a free port; throws what it said where it ends instead of serving. */
export async function startProgram(cwd: string, env: Record<string, string> = {}, how: How = {}): Promise<Program> {
  const limits = { LIMIT_SIGNUP_PER_ADDRESS: "100000/1h", LIMIT_LOGIN_PER_ADDRESS: "100000/1h" };
  const { child, exited, said } = run(cwd, [], { PORT: "0", SECRET_KEY: secretKey, ...limits, ...env }, how);
  const url = new Promise<string>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", () => {
        const found = /Latchkey is at (https?:[^"]+)"/.exec(said())?.[1];
        if (found) done(found.replace("localhost", "127.0.0.1"));
      });
    }
  });
  const first = await Promise.race([url, exited]);
  if (typeof first !== "string") throw new Error(said());
  const stop = () => {
    child.kill("SIGTERM");
    return exited;
  };
  return { url: first, child, exited, said, stop };
}

/** The processes of its workers, as Linux knows them. */
export function workersOf({ child }: Program): string[] {
  return readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
}

/** Runs one of its commands to the end, with this on its standard input. */
export async function runCommand(
  cwd: string,
  words: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<{ code: number | null; said: string }> {
  const { child, exited, said } = run(cwd, words, { SECRET_KEY: secretKey, ...env });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const { code } = await exited;
  return { code, said: said() };
}

interface How {
  /** As many files and sockets as it may have open at once. */
  readonly descriptors?: number;
}

function run(cwd: string, words: readonly string[], env: Record<string, string>, { descriptors }: How = {}) {
  const { PATH = "" } = process.env;
  const command = [process.execPath, bin, ...words];
  const limited = ["sh", "-c", `ulimit -n ${descriptors} && exec "$@"`, "sh", ...command];
  const [file = "", ...rest] = descriptors === undefined ? command : limited;
  const child = spawn(file, rest, { cwd, env: { PATH, ...env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      said += part.toString();
    });
  }
  const exited = new Promise<{ code: number | null; signal: string | null }>((done) =>
    child.once("close", (code, signal) => done({ code, signal })),
  );
  return { child, exited, said: () => said };
}
