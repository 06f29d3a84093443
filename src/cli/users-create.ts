/** Implements `latchkey users create`. */
import { type Command, InvalidArgumentError } from "commander";
import { createUserByAdmin } from "../core/account/admin-actions.ts";
import { pageWith, type Services } from "../core/services.ts";
import { toUserDetails } from "../core/users/directory.ts";
import { isEmail, type UsernameProblem, usernameProblem } from "../core/users/users.ts";
import { hasInvisible, trimTyped } from "../platform/typed-text.ts";
import { CommandError, commandLine, newCommand, withServices } from "./command.ts";
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
  if (options.password && s.settings.passwords === "off")
    throw new CommandError("passwords are turned off (PASSWORDS=off); use --no-password");
  const password = options.password ? await readNewPassword(s, [username, email]) : undefined;
  const emailVerified = options.verified === true;
  const created = await createUserByAdmin(s, { username, email, password, emailVerified }, commandLine);
  if (!created.ok) throw new CommandError(`${created.taken.includes("email") ? "email" : "username"} already taken`);
  const mustVerify = !emailVerified && s.settings.signup === "confirm";
  const page = pageWith(s, "email-verification");
  const where = page === undefined ? "" : `, at ${page}`;
  const text = `Created account ${created.user.id}.${mustVerify ? ` Its email must be verified within a day${where}.` : ""}`;
  print(options, { json: { user: toUserDetails(created.user) }, text });
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
