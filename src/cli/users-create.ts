/** Implements `latchkey users create` and `latchkey users delete`. */
import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError } from "commander";
import { createByAdmin, eraseByAdmin } from "../core/account/admin-actions.ts";
import { pageWith, type Services } from "../core/services.ts";
import { toUserDetails } from "../core/users/directory.ts";
import { isLastAdmin } from "../core/users/roles.ts";
import { isEmail, type UsernameProblem, usernameProblem } from "../core/users/users.ts";
import { hasInvisible, trimTyped } from "../platform/typed-text.ts";
import { CommandError, commandLine, newCommand, requireUser, userArgument, withServices } from "./command.ts";
import { readNewPassword } from "./password.ts";
import { print } from "./terminal.ts";

interface CreateOptions {
  readonly json?: true;
  readonly verified?: true;
  readonly password: boolean;
}

export function createCommand(): Command {
  return newCommand("create", "create an account (reads the password from stdin or a hidden prompt)", [
    "users create ada ada@example.com",
    "users create ada ada@example.com --verified < password.txt",
    "users create ada ada@example.com --verified --no-password",
  ])
    .argument("<username>", "username of the account", readUsername)
    .argument("<email>", "email of the account", readEmail)
    .option("--verified", "mark the email as verified")
    .option("--no-password", "create without a password; the user sets one via password reset")
    .action((username: string, email: string, options: CreateOptions) =>
      withServices((s) => create(s, { username, email }, options), { createsDatabase: true }),
    );
}

async function create(s: Services, named: { username: string; email: string }, options: CreateOptions): Promise<void> {
  const { username, email } = named;
  const password = options.password ? await readNewPassword(s, [username, email]) : undefined;
  const emailVerified = options.verified === true;
  const made = await createByAdmin(s, { username, email, password, emailVerified }, commandLine);
  if (!made.ok) throw new CommandError(`${made.taken.includes("email") ? "email" : "username"} already taken`);
  const mustVerify = !emailVerified && s.settings.signup === "confirm";
  const page = pageWith(s, "email-verification");
  const where = page === undefined ? "" : `, at ${page}`;
  const text = `Created account ${made.user.id}.${mustVerify ? ` Its email must be verified within a day${where}.` : ""}`;
  print(options, { json: { user: toUserDetails(made.user) }, text });
}

const usernameProblems: Record<UsernameProblem, string> = {
  "too-short": "Use at least 3 characters.",
  "too-long": "Use at most 150 characters.",
  characters: "Use only letters, numbers, dots, hyphens and underscores.",
  invisible: "Must not contain invisible characters.",
  "mixed-scripts": "Don't mix alphabets, such as Latin and Cyrillic.",
};

function readUsername(typed: string): string {
  const text = trimTyped(typed);
  const problem = usernameProblem(text);
  if (problem) throw new InvalidArgumentError(usernameProblems[problem]);
  return text;
}

function readEmail(typed: string): string {
  const text = trimTyped(typed);
  if (hasInvisible(text)) throw new InvalidArgumentError("Must not contain invisible characters.");
  if (!isEmail(text)) throw new InvalidArgumentError("Must be an email address such as ada@example.com.");
  return text;
}

interface DeleteOptions {
  readonly json?: true;
  readonly yes?: true;
}

export function deleteCommand(): Command {
  return newCommand("delete", "delete an account and all its data immediately", [
    "users delete ada@example.com",
    "users delete ada@example.com --yes",
  ])
    .argument(...userArgument)
    .option("--yes", "skip the confirmation")
    .action((named: string, options: DeleteOptions) =>
      withServices(async (s) => {
        const user = await requireUser(s, named);
        const isLast = await isLastAdmin(s, user.id);
        if (!options.yes) await confirmDeletion(user.username, isLast);
        if (!(await eraseByAdmin(s, user.id, commandLine))) throw new CommandError(`no account matches "${named}"`);
        print(options, {
          json: { deleted: user.id },
          text: `Deleted ${user.username} (${user.id}).${isLast ? " No administrator is left." : ""}`,
        });
      }),
    );
}

/** Requires typing the username: deletion cannot be undone. */
async function confirmDeletion(username: string, isLast: boolean): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandError("deletion cannot be undone; confirm with --yes");
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await prompt.question(
    `${isLast ? "This is the only administrator. " : ""}Deletion cannot be undone. Type the username "${username}" to continue: `,
  );
  prompt.close();
  if (typed.trim() !== username) throw new CommandError("nothing was deleted");
}
