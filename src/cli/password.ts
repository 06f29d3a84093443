/** Reads a password where nobody sees it: from standard input, or from the terminal without showing what is typed. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { type PasswordProblem, passwordProblem } from "../core/credentials/password/passwords.ts";
import type { Services } from "../core/services.ts";
import { CommandError } from "./operator.ts";

/** Far more than a password may have, so that a file given by mistake is not read whole. */
const mostBytes = 16_384;

const words: Record<PasswordProblem, string> = {
  "too-short": "it has too few characters (PASSWORD_MIN_LENGTH)",
  "too-long": "it has more than 1,024 characters",
  "not-text": "it is not text in UTF-8",
  "needs-upper-and-digit": "it needs a capital letter and a digit (PASSWORD_RULES)",
  common: "it is one of those that are guessed first",
  breached: "it has turned up in stolen data",
  "context-words": "it is too close to the name, the address or the site's name",
};

/** A new password for an account that is called so. Throws where it breaks the rules that people are held to. */
export async function readNewPassword(s: Services, contextWords: readonly string[]): Promise<string> {
  const password = process.stdin.isTTY ? await askTwice() : await readLine();
  const problem = await passwordProblem(s, password, contextWords);
  if (problem) throw new CommandError(`The password is refused: ${words[problem]}.`);
  return password;
}

/** The password of an account that is there. */
export async function readPassword(): Promise<string> {
  return process.stdin.isTTY ? askUnseen("Its password: ") : readLine();
}

async function askTwice(): Promise<string> {
  const first = await askUnseen("New password: ");
  if ((await askUnseen("The same again: ")) !== first) throw new CommandError("The two passwords are not the same.");
  return first;
}

/** What is typed is echoed into nothing: neither the screen nor a recording of it holds it. */
async function askUnseen(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  process.stderr.write(question);
  const gaveUp = new Promise<never>((_, fail) => prompt.once("close", () => fail(new CommandError("No password was given."))));
  try {
    return await Promise.race([prompt.question(""), gaveUp]);
  } finally {
    gaveUp.catch(() => undefined);
    prompt.close();
    process.stderr.write("\n");
  }
}

/** The first line, exactly as it stands there. */
async function readLine(): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > mostBytes) break;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
  } catch {
    throw new CommandError(`The password is refused: ${words["not-text"]}.`);
  }
  const [line = ""] = text.split(/\r?\n/, 1);
  if (line === "") throw new CommandError("No password was given on standard input.");
  return line;
}
