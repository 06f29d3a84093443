/** The commands `latchkey users create` and `latchkey users delete`. */

import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError } from "commander";
import { createByOperator, eraseByOperator } from "../core/account/admin-actions.ts";
import type { Services } from "../core/services.ts";
import { toAccount } from "../core/users/directory.ts";
import { isLastAdmin } from "../core/users/roles.ts";
import { isEmail, type UsernameProblem, usernameProblem } from "../core/users/users.ts";
import { hasInvisible, trimTyped } from "../platform/typed-text.ts";
import { CommandError, commandLine, operatorCommand, requireUser, userArgument, withServices } from "./operator.ts";
import { readNewPassword } from "./password.ts";
import { answer } from "./terminal.ts";

interface CreateOptions {
  readonly json?: true;
  readonly confirmed?: true;
  readonly password: boolean;
}

export function createCommand(): Command {
  return operatorCommand("create", "make an account, with a password from standard input or typed unseen", [
    "users create ada ada@example.com",
    "users create ada ada@example.com --confirmed < password.txt",
    "users create ada ada@example.com --confirmed --no-password",
  ])
    .argument("<name>", "its user name", readUsername)
    .argument("<address>", "its e-mail address", readEmail)
    .option("--confirmed", "take the address for its owner's, without a letter")
    .option("--no-password", "give it none: its owner chooses one by “Forgot your password?”")
    .action((username: string, email: string, options: CreateOptions) =>
      withServices((s) => create(s, { username, email }, options), { mayMake: true }),
    );
}

async function create(s: Services, named: { username: string; email: string }, options: CreateOptions): Promise<void> {
  const { username, email } = named;
  const password = options.password ? await readNewPassword(s, [username, email]) : undefined;
  const confirmed = options.confirmed === true;
  const made = await createByOperator(s, { username, email, password, confirmed }, commandLine);
  if (!made.ok) throw new CommandError(`The ${made.taken.includes("email") ? "address" : "user name"} is somebody's already.`);
  const mustConfirm = !confirmed && s.settings.signup === "confirm";
  const words = `Made the account ${made.user.id}.${mustConfirm ? " Its address must be confirmed within a day: /verify-email." : ""}`;
  answer(options, { json: { user: toAccount(made.user) }, words });
}

const usernameProblems: Record<UsernameProblem, string> = {
  "too-short": "It needs at least 3 characters.",
  "too-long": "It may have at most 150 characters.",
  characters: "It may have letters, digits and . _ - only.",
  invisible: "It has a character that nobody sees.",
  "mixed-scripts": "Its letters must be of one writing system.",
};

function readUsername(typed: string): string {
  const text = trimTyped(typed);
  const problem = usernameProblem(text);
  if (problem) throw new InvalidArgumentError(usernameProblems[problem]);
  return text;
}

function readEmail(typed: string): string {
  const text = trimTyped(typed);
  if (hasInvisible(text)) throw new InvalidArgumentError("It has a character that nobody sees.");
  if (!isEmail(text)) throw new InvalidArgumentError("It must be an e-mail address such as ada@example.com.");
  return text;
}

interface DeleteOptions {
  readonly json?: true;
  readonly yes?: true;
}

export function deleteCommand(): Command {
  return operatorCommand("delete", "erase an account at once, with all that belongs to it", [
    "users delete ada@example.com",
    "users delete ada@example.com --yes",
  ])
    .argument(...userArgument)
    .option("--yes", "do not ask")
    .action((named: string, options: DeleteOptions) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const isLast = await isLastAdmin(s, user.id);
        if (!options.yes) await askFor(user.username, isLast);
        if (!(await eraseByOperator(s, user.id, commandLine))) throw new CommandError(`There is no account ${named}.`);
        answer(options, {
          json: { deleted: user.id },
          words: `Erased ${user.username} (${user.id}).${isLast ? " No administrator is left." : ""}`,
        });
      }),
    );
}

/** There is no way back but a backup, so the name is to be typed. */
async function askFor(username: string, isLast: boolean): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandError("This cannot be undone: say --yes.");
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await prompt.question(
    `${isLast ? "This is the only administrator. " : ""}This cannot be undone. Type the user name, ${username}, to go on: `,
  );
  prompt.close();
  if (typed.trim() !== username) throw new CommandError("Nothing was deleted.");
}
