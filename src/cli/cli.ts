/** The command line: what an operator can tell the program to do beside serving. */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { Command, CommanderError } from "commander";
import { SettingsError } from "../config/load.ts";
import { SigningKeyError } from "../core/sessions/signing-keys.ts";
import { CopyError } from "../db/copy.ts";
import { SchemaError } from "../db/migrate.ts";
import { BackupError } from "../db/sqlite/backup.ts";
import { ImportError } from "../migration/source.ts";
import { failureLine } from "../server/start-error.ts";
import { auditCommand } from "./audit.ts";
import { backupCommand } from "./backup.ts";
import { copyCommand } from "./copy.ts";
import { doctorCommand } from "./doctor.ts";
import { importCommand } from "./import.ts";
import { keysCommand } from "./keys.ts";
import { mailCommand } from "./mail.ts";
import { migrateCommand } from "./migrate.ts";
import { CommandError } from "./operator.ts";
import { restoreCommand } from "./restore.ts";
import { secretsCommand } from "./secrets.ts";
import { sessionsCommand } from "./sessions.ts";
import { printable } from "./terminal.ts";
import { usersCommand } from "./users.ts";
import { verifyCommand } from "./verify.ts";

const manifest = JSON.parse(readFileSync(findPackageJSON("..", import.meta.url) ?? "", "utf8")) as { version: string };

const program = new Command("latchkey")
  .version(manifest.version, "-v, --version", "say which version this is")
  .description("The login system that a TypeScript team does not have to build.")
  .addHelpText("after", "\nWithout a command, it serves. Settings come from the environment and from .env; the README lists them.")
  .addCommand(new Command("serve").description("serve the pages (what happens without a command, too)"))
  .addCommand(usersCommand())
  .addCommand(sessionsCommand())
  .addCommand(auditCommand())
  .addCommand(mailCommand())
  .addCommand(doctorCommand())
  .addCommand(verifyCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(migrateCommand())
  .addCommand(copyCommand())
  .addCommand(importCommand())
  .addCommand(keysCommand())
  .addCommand(secretsCommand())
  .exitOverride();
for (const command of program.commands.flatMap((each) => [each, ...each.commands])) command.exitOverride();

// Once, where tests run several commands in one process.
if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", noteUnwritten);

function noteUnwritten(error: NodeJS.ErrnoException): void {
  // Whoever read it has what they wanted, as `head` does; what the command does beside is done to its end.
  if (error.code === "EPIPE") return;
  process.exitCode = 1;
  console.error(`error: cannot write the output: ${error.message}`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
}

/** 0: done, or help was asked for. 1: it could not be done. 2: the command was not understood. */
function exitCode(error: unknown): number {
  // It has told already what was not understood.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const isTold = [SettingsError, SchemaError, CopyError, SigningKeyError, CommandError, BackupError, ImportError].some(
    (known) => error instanceof known,
  );
  // Some of them say what stands in a database of somebody else's.
  if (isTold) console.error(`error: ${printable((error as Error).message)}`);
  else {
    const line = failureLine(error);
    console.error(line === undefined ? error : `error: ${printable(line)}`);
  }
  return 1;
}
