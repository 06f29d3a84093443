/** The program's commands at a terminal, which `script` makes one of. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { secretKey } from "./person.ts";
import { bin } from "./program.ts";

/** Runs a command to its end, and types each answer as soon as it is asked for. Gives all that the terminal showed. */
export function runAtTerminal(
  cwd: string,
  words: string,
  env: Readonly<Record<string, string>> = {},
  answers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { PATH = "" } = process.env;
  const child = spawn("script", ["-qec", `${process.execPath} ${bin} ${words}`, "/dev/null"], {
    cwd,
    env: { PATH, SECRET_KEY: secretKey, ...env },
  });
  return typeAt(child, answers);
}

async function typeAt(child: ChildProcess, answers: Readonly<Record<string, string>>): Promise<string> {
  let shown = "";
  const open = new Map(Object.entries(answers));
  child.stdout?.on("data", (part: Buffer) => {
    shown += part.toString();
    for (const [question, answer] of open) {
      if (!shown.includes(question)) continue;
      open.delete(question);
      child.stdin?.write(`${answer}\r`);
    }
  });
  await once(child, "close");
  return shown;
}

export function hasScript(): boolean {
  try {
    execFileSync("script", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.error("No `script` is installed here: what is typed and shown at a terminal is not tested.");
    return false;
  }
}
