/** Parses the command line and runs the commands. */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { Command, CommanderError } from "commander";
import { SettingsError } from "../config/load.ts";
import { SigningKeyError } from "../core/sessions/signing-keys.ts";
import { CopyError } from "../db/copy.ts";
import { SchemaError } from "../db/migrate.ts";
import { BackupError } from "../db/sqlite/backup.ts";
import { ImportError } from "../migration/source.ts";
import { startErrorLine } from "../server/start-error.ts";
import { auditCommand } from "./audit.ts";
import { backupCommand } from "./backup.ts";
import { CommandError } from "./command.ts";
import { copyCommand } from "./copy.ts";
import { doctorCommand } from "./doctor.ts";
import { importCommand } from "./import.ts";
import { keysCommand } from "./keys.ts";
import { mailCommand } from "./mail.ts";
import { messagesCommand } from "./messages.ts";
import { migrateCommand } from "./migrate.ts";
import { probeCommand } from "./probe.ts";
import { providersCommand } from "./providers.ts";
import { restoreCommand, restoredCommand } from "./restore.ts";
import { secretsCommand } from "./secrets.ts";
import { sessionsCommand } from "./sessions.ts";
import { printable } from "./terminal.ts";
import { usersCommand } from "./users.ts";

const manifest = JSON.parse(readFileSync(findPackageJSON("..", import.meta.url) ?? "", "utf8")) as { version: string };

const program = new Command("latchkey")
  .version(manifest.version, "-v, --version", "print the version")
  .description("Login system: sign-up, login, sessions, password reset and account settings.")
  .addHelpText("after", "\nWithout a command, the server starts. Settings come from the environment and .env: see docs/configuration.md.")
  .addCommand(new Command("serve").description("start the server (default)"))
  .addCommand(usersCommand())
  .addCommand(sessionsCommand())
  .addCommand(auditCommand())
  .addCommand(mailCommand())
  .addCommand(providersCommand())
  .addCommand(doctorCommand())
  .addCommand(probeCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(restoredCommand())
  .addCommand(migrateCommand())
  .addCommand(copyCommand())
  .addCommand(importCommand())
  .addCommand(keysCommand())
  .addCommand(secretsCommand())
  .addCommand(messagesCommand())
  .exitOverride();
for (const command of program.commands.flatMap((each) => [each, ...each.commands])) command.exitOverride();

// Registered once: tests run several commands in one process.
if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", handleOutputError);

function handleOutputError(error: NodeJS.ErrnoException): void {
  // The reader, such as `head`, closed the pipe: not an error, and the command continues.
  if (error.code === "EPIPE") return;
  process.exitCode = 1;
  console.error(`error: cannot write the output: ${error.message}`);
}

/** Commander's `help` takes one word: of `help users two-factor`, it would show the help of `users`. */
function wordsOf([first = "", ...words]: readonly string[]): readonly string[] {
  return first === "help" && words.length > 1 ? [...words, "--help"] : [first, ...words].filter((word) => word !== "");
}

try {
  await program.parseAsync(wordsOf(process.argv.slice(2)), { from: "user" });
} catch (error) {
  process.exitCode = exitCode(error);
}

/** 0: success or help. 1: failure. 2: usage error. */
function exitCode(error: unknown): number {
  // Commander has already printed the usage error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const isExpected = [SettingsError, SchemaError, CopyError, SigningKeyError, CommandError, BackupError, ImportError].some(
    (known) => error instanceof known,
  );
  // Terminal injection: messages may quote names from a foreign database (CWE-150).
  if (isExpected) console.error(`error: ${printable((error as Error).message)}`);
  else {
    const line = startErrorLine(error);
    console.error(line === undefined ? error : `error: ${printable(line)}`);
  }
  return 1;
}
