/** Asks for a typed word before a command that cannot be undone. */
import { createInterface } from "node:readline/promises";
import { CommandError } from "./command.ts";

interface Question {
  /** Ends with what to type. */
  readonly text: string;
  readonly word: string;
  /** Why `--yes` is needed without a terminal. */
  readonly reason: string;
  /** What has not happened without the word. */
  readonly refused: string;
}

/** Throws {@link CommandError} unless the word is typed at a terminal. */
export async function confirm({ text, word, reason, refused }: Question): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandError(`${reason} with --yes`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-D closes the input without an answer.
  const closed = new Promise<string>((done) => prompt.once("close", () => done("")));
  const typed = await Promise.race([prompt.question(`${text}: `), closed]);
  prompt.close();
  if (typed.trim() !== word) throw new CommandError(refused);
}
