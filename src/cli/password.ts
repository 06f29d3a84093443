/** Reads passwords from stdin or a hidden prompt. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { type PasswordProblem, passwordProblem } from "../core/credentials/password/passwords.ts";
import type { Services } from "../core/services.ts";
import { CommandError } from "./command.ts";

/** Stops reading a large file that was piped by mistake. */
const maxBytes = 16_384;

const problems: Record<PasswordProblem, string> = {
  "too-short": "too short (PASSWORD_MIN_LENGTH)",
  "too-long": "longer than 1,024 characters",
  "not-text": "not valid UTF-8",
  "needs-upper-and-digit": "needs an uppercase letter and a number (PASSWORD_RULES)",
  common: "too common",
  breached: "found in a data breach",
  "context-words": "too similar to the username, the email or the site name",
};

/** Reads a new password. Throws if it breaks the password rules, and with `PASSWORDS=off`. */
export async function readNewPassword(s: Services, contextWords: readonly string[]): Promise<string> {
  if (s.settings.passwords === "off") throw new CommandError("passwords are turned off (PASSWORDS=off)");
  const password = process.stdin.isTTY ? await promptTwice() : await readLine();
  const problem = await passwordProblem(s, password, contextWords);
  if (problem) throw new CommandError(`password rejected: ${problems[problem]}`);
  return password;
}

/** Reads the password of an existing account. */
export async function readPassword(): Promise<string> {
  return process.stdin.isTTY ? promptHidden("Password: ") : readLine();
}

async function promptTwice(): Promise<string> {
  const first = await promptHidden("New password: ");
  if ((await promptHidden("Confirm password: ")) !== first) throw new CommandError("passwords don't match");
  return first;
}

/** Shoulder surfing: typed characters are not echoed. */
async function promptHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  process.stderr.write(question);
  const closed = new Promise<never>((_, fail) => prompt.once("close", () => fail(new CommandError("no password given"))));
  try {
    return await Promise.race([prompt.question(""), closed]);
  } finally {
    closed.catch(() => undefined);
    prompt.close();
    process.stderr.write("\n");
  }
}

/** Reads the first line of stdin, unchanged. */
async function readLine(): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > maxBytes) break;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
  } catch {
    throw new CommandError(`password rejected: ${problems["not-text"]}`);
  }
  const [line = ""] = text.split(/\r?\n/, 1);
  if (line === "") throw new CommandError("no password on stdin");
  return line;
}
