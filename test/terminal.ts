/** Runs commands at a pseudo-terminal, using `script`. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { secretKey } from "./person.ts";
import { bin } from "./program.ts";

/** Runs a command and types each answer at its prompt; returns everything shown. */
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
  return typeAnswers(child, answers);
}

async function typeAnswers(child: ChildProcess, answers: Readonly<Record<string, string>>): Promise<string> {
  let shown = "";
  const unanswered = new Map(Object.entries(answers));
  child.stdout?.on("data", (part: Buffer) => {
    shown += part.toString();
    for (const [question, answer] of unanswered) {
      if (!shown.includes(question)) continue;
      unanswered.delete(question);
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
    console.error("`script` is not installed: terminal prompts are not tested.");
    return false;
  }
}
